import type { TopUser } from '../../../shared/usecases/reports/top-users.ts';

/** The users with the highest usage, on the wire; a month has no plans. */
export function topUsersView(type: string, period: string, users: readonly TopUser[]) {
  return {
    type,
    period,
    users: users.map(({ userId, used, planId = null }) => ({ userId, used, planId })),
  };
}
