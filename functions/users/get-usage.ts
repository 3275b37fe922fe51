import { reportUsage } from '../../shared/usecases/report-usage.ts';
import { usageView } from '../replies/usage-view.ts';
import { redisAllowance, reportTimeZone, usageDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { freshnessAsked } from '../schemas/freshness.ts';
import { daysAsked, getUserUsageRequest } from '../schemas/user-requests.ts';

/** What a user used day by day, beside the counters as they are now. */
export const handler = httpHandler(
  'getUserUsage',
  getUserUsageRequest,
  async ({ path, query, arrivedAt }) => {
    const { userId } = path;
    const days = daysAsked(query, arrivedAt, reportTimeZone());
    const request = { userId, feature: query.type, ...days, ...freshnessAsked(query) };
    const report = await redisAllowance().spend(() => reportUsage(usageDeps(), request));
    return { status: 200, body: usageView(report, days) };
  },
);
