import { dateOf } from '../../shared/domain/date-range.ts';
import { topUsers } from '../../shared/usecases/top-users.ts';
import { topUsersView } from '../replies/top-users-view.ts';
import { reportTimeZone } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { topUsersDeps } from '../runtime/report-composition.ts';
import { getTopUsersRequest, usersAsked } from '../schemas/report-requests.ts';

/** Who used most of a feature on a day or in a month. */
export const handler = httpHandler('getTopUsers', getTopUsersRequest, async ({ query, arrivedAt }) => {
  const { type, period = dateOf(arrivedAt, reportTimeZone()) } = query;
  const request = { feature: type, period, limit: usersAsked(query.limit) };
  return { status: 200, body: topUsersView(type, period, await topUsers(topUsersDeps(), request)) };
});
