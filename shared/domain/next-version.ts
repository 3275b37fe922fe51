import { type Account, type Change, earliestDue } from './account.ts';
import { operationKey } from './operation.ts';

/** How far ahead of this clock the date of an account's last change is still believed. */
export const FOLLOWED_MS = 5_000;

/**
 * The account's next version: what `draft` says, made by `change`, with the operation remembered. `draft`
 * carries the version that was read, and its change; saving is guarded by it.
 */
export function nextVersion(draft: Account, change: Change): Account {
  const operations = new Map(draft.operations).set(operationKey(change.operationId), {
    fingerprint: change.fingerprint,
    // A reservation has a record whoever chose its id: by that it is found after it has expired.
    keyed: change.keyed || change.kind === 'reserve',
    isSettled: false,
    acceptedAtSeconds: Math.floor(change.at / 1000),
  });
  const dated = { ...change, at: dateAfter(draft.change, change.at) };
  return { ...draft, version: draft.version + 1, operations, dueAt: earliestDue(draft), change: dated };
}

/**
 * How a change at `now` (epoch ms) is dated: not before the last one, which a clock a little ahead of ours may have dated.
 * A date more than `FOLLOWED_MS` ahead comes from a clock that is plainly wrong, and is not followed.
 */
export function dateAfter(last: Change | null | undefined, now: number): number {
  const lastAt = last?.at ?? now;
  return lastAt <= now + FOLLOWED_MS ? Math.max(now, lastAt) : now;
}
