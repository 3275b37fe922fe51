import type { AccountStep, AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { Account, Amounts, Change } from '../../domain/account.ts';
import { DEDUPE_WINDOW } from '../../domain/dedupe-window.ts';
import { Fault } from '../../domain/faults.ts';
import { dateAfter, nextVersion } from '../../domain/next-version.ts';
import { identifyOperation } from '../ledger/identify-operation.ts';
import { type CurrentAccountDeps, currentAccount } from '../quota/current-account.ts';
import type { DenialCache } from '../quota/denial-cache.ts';

export interface RollOverManyDeps extends CurrentAccountDeps {
  readonly accounts: Pick<AccountStore, 'saveMany'>;
  readonly denials: DenialCache;
  /** Epoch ms. */
  readonly now: () => number;
}

/** DynamoDB's limit of statements in one request. */
const BATCH = 25;
const NONE: Amounts = new Map();

/**
 * Batch version of `rollOver` for the easy cases: one attempt on the version that was read, in few requests.
 * Users that it does not return need `rollOver`, which determines their state.
 *
 * @param seen accounts as they were read; they may be slightly old
 * @returns the users whose accounts are saved
 */
export async function rollOverMany(deps: RollOverManyDeps, seen: readonly Account[]): Promise<Set<string>> {
  const drafts = await Promise.allSettled(seen.map((account) => stepOf(deps, account)));
  const steps = drafts.flatMap((draft) => (draft.status === 'fulfilled' && draft.value) || []);
  const batches = Array.from({ length: Math.ceil(steps.length / BATCH) }, (_, index) =>
    steps.slice(index * BATCH, (index + 1) * BATCH),
  );
  const saved = await Promise.all(batches.map((batch) => save(deps, batch)));
  return new Set(saved.flatMap((users) => [...users]));
}

/**
 * Computes the account's next version; `undefined`: nothing is due, or it has no room for another operation.
 */
async function stepOf(deps: RollOverManyDeps, account: Account): Promise<AccountStep | undefined> {
  const now = dateAfter(account.change, deps.now());
  const current = await currentAccount(deps, account.userId, account, now);
  if (current === account || account.operations.size >= DEDUPE_WINDOW.room) return undefined;
  const { id, keyed, fingerprint } = identifyOperation('rollover', { amounts: NONE }, now);
  const change: Change = { kind: 'rollover', operationId: id, keyed, fingerprint, at: now, amounts: NONE };
  return { before: account, after: nextVersion(current, change) };
}

async function save(deps: RollOverManyDeps, batch: readonly AccountStep[]): Promise<Set<string>> {
  for (const { after } of batch) deps.denials.delete(after.userId);
  try {
    return await deps.accounts.saveMany(batch);
  } catch (error) {
    // Any of them may have been saved: `rollOver` handles each alone.
    if (error instanceof Fault) return new Set();
    throw error;
  }
}
