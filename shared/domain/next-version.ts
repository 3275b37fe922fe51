import { type Account, type Change, earliestDue } from './account.ts';
import { operationKey } from './operation.ts';

/** How far ahead of this clock the date of an account's last change is accepted (ms). */
export const FOLLOWED_MS = 5_000;

/**
 * Creates the account's next version: the state of `draft`, made by `change`, with the operation remembered.
 * `draft` has the version that was read, and its change; the save is conditional on it.
 */
export function nextVersion(draft: Account, change: Change): Account {
  const operations = new Map(draft.operations).set(operationKey(change.operationId), {
    fingerprint: change.fingerprint,
    // Every reservation gets an operation record, with a caller's key or not: it is found by it after it has
    // expired.
    keyed: change.keyed || change.kind === 'reserve',
    isSettled: false,
    acceptedAtSeconds: Math.floor(change.at / 1000),
  });
  const dated = { ...change, at: dateAfter(draft.change, change.at) };
  return { ...draft, version: draft.version + 1, operations, dueAt: earliestDue(draft), change: dated };
}

/**
 * Returns the date of a change at `now` (epoch ms): not before the last one, whose writer's clock may be
 * slightly ahead. A date more than `FOLLOWED_MS` ahead comes from a wrong clock and is ignored.
 */
export function dateAfter(last: Change | null | undefined, now: number): number {
  const lastAt = last?.at ?? now;
  return lastAt <= now + FOLLOWED_MS ? Math.max(now, lastAt) : now;
}
