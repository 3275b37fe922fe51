import type { TopEntry } from '../../../shared/adapters/dynamodb/top-index.ts';

/** The users with the highest usage, on the wire; a month has no plans. */
export function topUsersView(type: string, period: string, users: readonly TopEntry[]) {
  return {
    type,
    period,
    users: users.map(({ userId, used, planId = null }) => ({ userId, used, planId })),
  };
}
