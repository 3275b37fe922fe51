import { type Account, type Change, earliestDue } from './account.ts';
import { operationKey } from './operation.ts';

/**
 * The account's next version: what `draft` says, made by `change`, with the operation remembered. `draft`
 * carries the version that was read; saving is guarded by it.
 */
export function commit(draft: Account, change: Change): Account {
  const operations = new Map(draft.operations).set(operationKey(change.operationId), {
    fingerprint: change.fingerprint,
    keyed: change.keyed,
    acceptedAtSeconds: Math.floor(change.at / 1000),
  });
  return { ...draft, version: draft.version + 1, operations, dueAt: earliestDue(draft), change };
}
