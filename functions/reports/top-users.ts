import { dateOf, lastDayOf } from '../../shared/domain/date-range.ts';
import { readKept } from '../../shared/usecases/reports/read-kept.ts';
import { topUsers } from '../../shared/usecases/reports/top-users.ts';
import { getTopUsersRequest, usersAsked } from '../http/requests/report-requests.ts';
import { topUsersView } from '../http/responses/top-users-view.ts';
import { rangeNotKept } from '../http/responses/usage-view.ts';
import { httpRoute } from '../http/route.ts';
import { reportTimeZone } from '../runtime/composition/core.ts';
import { topUsersDeps } from '../runtime/composition/reports.ts';

/** Returns the users with the highest usage of a feature on a day or in a month. */
export const route = httpRoute('getTopUsers', getTopUsersRequest, async ({ query, arrivedAt }) => {
  const { type, period = dateOf(arrivedAt, reportTimeZone()) } = query;
  const request = { feature: type, period, limit: usersAsked(query.limit) };
  const deps = topUsersDeps();
  const outcome = await readKept(deps, lastDayOf(period), () => topUsers(deps, request));
  if (outcome.code === 'not_kept') return { problem: rangeNotKept(outcome.keptFrom) };
  return { status: 200, body: topUsersView(type, period, outcome.value) };
});
