import { readKept } from '../../shared/usecases/reports/read-kept.ts';
import { reportUsage } from '../../shared/usecases/reports/report-usage.ts';
import { freshnessAsked } from '../http/requests/freshness.ts';
import { daysAsked, getUserUsageRequest } from '../http/requests/user-requests.ts';
import { rangeNotKept, usageView } from '../http/responses/usage-view.ts';
import { httpRoute } from '../http/route.ts';
import { redisTimeBudget, usageReportDeps } from '../runtime/composition/caches.ts';
import { reportTimeZone } from '../runtime/composition/core.ts';

/** Returns a user's usage by day, with the current counters. */
export const route = httpRoute('getUserUsage', getUserUsageRequest, async ({ path, query, arrivedAt }) => {
  const { userId } = path;
  const days = daysAsked(query, arrivedAt, reportTimeZone());
  const request = { userId, feature: query.type, ...days, ...freshnessAsked(query) };
  const deps = usageReportDeps();
  const read = () => redisTimeBudget().spend(() => reportUsage(deps, request));
  const outcome = await readKept(deps, days.from, read);
  if (outcome.code === 'not_kept') return { problem: rangeNotKept(outcome.keptFrom) };
  return { status: 200, body: usageView(outcome.value, days) };
});
