import type { TopEntry } from '../../../shared/adapters/dynamodb/top-index.ts';

/** Who used most, as it goes over the wire; a month does not say plans. */
export function topUsersView(type: string, period: string, users: readonly TopEntry[]) {
  return {
    type,
    period,
    users: users.map(({ userId, used, planId = null }) => ({ userId, used, planId })),
  };
}
