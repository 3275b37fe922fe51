import { rangeBefore } from '../../shared/domain/date-range.ts';
import { compileReport } from '../../shared/usecases/reports/compile-report.ts';
import { readKept } from '../../shared/usecases/reports/read-kept.ts';
import { reportUsageRequest } from '../http/requests/report-requests.ts';
import { daysAsked } from '../http/requests/user-requests.ts';
import { replyWithReport } from '../http/responses/report/report-reply.ts';
import { rangeNotKept } from '../http/responses/usage-view.ts';
import { httpRoute } from '../http/route.ts';
import { reportTimeZone } from '../runtime/composition/core.ts';
import { reportDeps } from '../runtime/composition/reports.ts';

/** API Gateway waits 30 s; the rest is for a cold start and for rendering. */
const WORK_MS = 24_000;
/** Queries that fit into that time, at 0.8 ms of CPU each (docs/decisions/0009). */
const MAX_QUERIES = 24_000;

/** Returns the usage of the service on some days: as JSON, CSV, or a page. */
export const route = httpRoute('reportUsage', reportUsageRequest, async ({ query, arrivedAt }) => {
  const deps = reportDeps();
  const mayContinue = () => deps.now() - arrivedAt < WORK_MS;
  const range = daysAsked(query, arrivedAt, reportTimeZone());
  const compile = () => compileReport(deps, range, { maxQueries: MAX_QUERIES, mayContinue });
  const outcome = await readKept(deps, rangeBefore(range).from, compile);
  if (outcome.code === 'not_kept') return { problem: rangeNotKept(outcome.keptFrom) };
  return replyWithReport(outcome.value, query.format);
});
