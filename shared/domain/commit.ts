import { type Account, type Change, earliestDue } from './account.ts';
import { DEDUPE_WINDOW } from './dedupe-window.ts';
import { operationKey } from './operation.ts';

/**
 * The account's next version: what `draft` says, made by `change`, with the operation remembered. `draft`
 * carries the version that was read, and its change; saving is guarded by it.
 */
export function commit(draft: Account, change: Change): Account {
  const operations = new Map(draft.operations).set(operationKey(change.operationId), {
    fingerprint: change.fingerprint,
    keyed: change.keyed,
    acceptedAtSeconds: Math.floor(change.at / 1000),
  });
  const dated = { ...change, at: dateAfter(draft.change, change.at) };
  return { ...draft, version: draft.version + 1, operations, dueAt: earliestDue(draft), change: dated };
}

/**
 * How a change at `now` (epoch ms) is dated: not before the last one, which a clock a little ahead of ours may have dated.
 * One further ahead than clocks differ and a request is on its way, `retentionMs` at most, is not followed.
 */
export function dateAfter(last: Change | null | undefined, now: number): number {
  const lastAt = last?.at ?? now;
  return lastAt <= now + DEDUPE_WINDOW.retentionMs ? Math.max(now, lastAt) : now;
}
