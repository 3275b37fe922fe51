import type { AccountStore, WriteResult } from '../../adapters/dynamodb/account-store.ts';
import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { Account, Amounts, Change } from '../../domain/account.ts';
import { DEDUPE_WINDOW } from '../../domain/dedupe-window.ts';
import { AccountBusy } from '../../domain/faults.ts';
import { dateAfter, nextVersion } from '../../domain/next-version.ts';
import { type Operation, recall } from '../../domain/operation.ts';
import type { OperationContext } from '../../domain/quota-request.ts';
import { type PlansAhead, retryInstant } from '../../domain/retry-instant.ts';
import { findDuplicate } from '../ledger/find-duplicate-operation.ts';
import { pruneOperations } from '../ledger/prune-operations.ts';
import { OperationRetry, type OperationRetryDeps } from '../retry/operation-retry.ts';
import { type CurrentAccountDeps, currentAccount } from './current-account.ts';
import type { DenialCache } from './denial-cache.ts';
import { OutstandingWrites } from './outstanding-writes.ts';
import { findPlansAhead } from './plans-ahead.ts';
import { type FinalDenial, type Step, stepOnNewestPlan } from './step-on-newest-plan.ts';

export type { Step };

export interface ChangeAccountDeps extends CurrentAccountDeps, OperationRetryDeps {
  readonly accounts: Pick<AccountStore, 'read' | 'save' | 'prune'>;
  readonly ledger: Pick<LedgerStore, 'findRecord' | 'findRecords' | 'newest'>;
  readonly plans: Pick<PlanStore, 'current' | 'recent'>;
  /** Forgets every account that a verb changes, or may have. */
  readonly denials: DenialCache;
}

export interface Verb<Denial, Found = undefined> {
  readonly userId: string;
  readonly kind: Change['kind'];
  readonly operation: Operation;
  readonly amounts: Amounts;
  /** When the request arrived (epoch ms): its time budget counts from here. */
  readonly arrivedAt: number;
  readonly context?: OperationContext | undefined;
  /** Reads what the step needs besides the account. It reads after `saved`, on whose version the outcome is saved. */
  readonly look?: (
    account: Account,
    saved: Account | undefined,
    signal: AbortSignal,
  ) => Promise<Found | undefined>;
  /**
   * Pure. The account it gets is current at `now`; `saved` is what it was made from, the same if nothing was due. `found`: what
   * `look` has read.
   */
  readonly step: (
    account: Account,
    now: number,
    saved: Account | undefined,
    found: Found | undefined,
  ) => Step<Denial>;
  readonly blind?: BlindWrite;
}

/** What was last seen of the account: not looked at yet, none there, or this. */
export type Image = 'unseen' | undefined | Account;

/** A write that proves by its condition what other verbs read first. */
export interface BlindWrite {
  /** Whether nothing seen so far speaks against it. */
  readonly fits: (image: Image, now: number) => boolean;
  readonly send: (write: BlindAttempt, signal: AbortSignal) => Promise<WriteResult>;
}

export interface BlindAttempt {
  readonly image: Image;
  readonly change: Change;
  /** Epoch ms, as is the age of what is known about the operation. */
  readonly now: number;
  readonly asOf: number;
}

/** `changed`: applied by this call. `replayed`: applied before, by a call with the same operation id. */
export type ChangeOutcome<Denial> =
  | { readonly code: 'changed' | 'replayed'; readonly account: Account; readonly operationId: string }
  | { readonly code: 'key_reused' }
  | {
      readonly code: 'denied';
      readonly denial: Denial;
      readonly account: Account;
      /** When the account was seen like that (epoch ms): now, or within the last second. */
      readonly asOf: number;
      /** When the newest version of the plan was read, which gives the denial too (epoch ms, within the last second). */
      readonly planAsOf: number;
      /** When the same would be admitted if nothing but time passed (epoch ms); `undefined`: waiting does not help. */
      readonly retryAt: number | undefined;
      /** The plans that `retryAt` was found with. */
      readonly plansAhead: PlansAhead | undefined;
    };

/**
 * Runs a verb on an account, at most once per operation id.
 *
 * ```
 * blind write (if the verb has one) ─▶ applied
 *        └▶ refused: the old account ─▶ blind again, or:
 * advance ─▶ step ─▶ save on the version it was computed from ─▶ applied
 *    ▲          │         └▶ refused: the account that won
 *    │          └▶ denied: the same on the newest version of the plan ─▶ denied
 *    └──────────────────────────┘
 * ```
 *
 * Throws `Unavailable`, `OutcomeUnknown` or `AccountBusy` when the time budget does not suffice, and `OutcomeUnknown` instead of a
 * denial while a write of this call may yet be applied.
 */
export async function changeAccount<Denial extends { readonly code: string }, Found = undefined>(
  deps: ChangeAccountDeps,
  verb: Verb<Denial, Found>,
): Promise<ChangeOutcome<Denial>> {
  const attempts = new OperationRetry(deps, verb.arrivedAt, verb.operation.id);
  try {
    const outcome = await run(deps, verb, attempts);
    if (outcome.code === 'changed') deps.denials.delete(verb.userId);
    return outcome;
  } catch (error) {
    deps.denials.delete(verb.userId);
    throw attempts.inDoubt(error);
  }
}

async function run<Denial extends { readonly code: string }, Found>(
  deps: ChangeAccountDeps,
  verb: Verb<Denial, Found>,
  attempts: OperationRetry,
): Promise<ChangeOutcome<Denial>> {
  const { userId, operation, blind } = verb;
  const read = () => attempts.read((signal) => deps.accounts.read(userId, { consistent: true, signal }));
  const applied = async (code: 'changed' | 'replayed', saved: Account | undefined) => ({
    code,
    account: await currentAccount(deps, userId, saved, deps.now()),
    operationId: operation.id,
  });

  const lookUp = (mustLook: boolean) =>
    findDuplicate(deps, attempts, userId, operation, { arrivedAt: verb.arrivedAt, mustLook });

  let knowledge = await lookUp(false);
  let image: Image = blind && knowledge.code === 'new' ? 'unseen' : await read();
  const outstanding = new OutstandingWrites();
  /** Whether the image was read after the last write was sent. */
  let isReread = false;
  for (;;) {
    const now = deps.now();
    const seen: Account | undefined = image === 'unseen' ? undefined : image;
    const remembered = seen ? recall(seen, operation) : 'new';
    const code = remembered === 'new' ? knowledge.code : remembered;
    if (code === 'key_reused') return { code };
    if (code === 'replayed') {
      // A minted id that is already there can only be this call's own write, its answer lost.
      const isOwn = attempts.answerLost && !operation.keyed;
      return applied(isOwn ? 'changed' : 'replayed', image === 'unseen' ? await read() : image);
    }
    const { asOf } = knowledge;
    if (seen && seen.floor > asOf) {
      // The account may have forgotten the operation since. Without a key nothing is left to look up: the budget is spent.
      if (!operation.keyed) throw attempts.exhausted();
      await attempts.pause();
      knowledge = await lookUp(true);
      continue;
    }

    let result: WriteResult | undefined;
    if (blind?.fits(image, now)) {
      const change = changeOf(verb, image, now);
      result = await attempts.write((signal) => blind.send({ image, change, now, asOf }, signal));
      if (!result && attempts.answerLost) outstanding.addBlind(change);
    } else if (image === 'unseen') {
      image = await read();
      // Whether it remembers this operation comes first.
      continue;
    } else {
      const saved = image;
      // An account's time never goes back: a clock behind the last writer's would open a period that was closed.
      const at = dateAfter(saved?.change, now);
      const draft = await attempts.read(() => currentAccount(deps, userId, saved, at));
      const found = await attempts.read(async (signal) => verb.look?.(draft, saved, signal));
      const takeStep = (account: Account) => verb.step(account, at, saved, found);
      const step = await attempts.read(() => stepOnNewestPlan(deps.plans, draft, at, takeStep));
      if ('denial' in step) {
        if (outstanding.mayApplyTo(saved)) {
          // A denial changes nothing, also later.
          if (isReread) throw attempts.exhausted();
          image = await read();
          isReread = true;
          continue;
        }
        const { denial, account, planAsOf = now } = step;
        const isAdmitted = (then: Account, instant: number) =>
          !('denial' in verb.step(then, instant, account, found));
        const retry = await attempts.read(() => findRetry(deps, step, at, isAdmitted));
        return { code: 'denied', denial, account, asOf: now, planAsOf, ...retry };
      }
      if (saved && saved.operations.size >= DEDUPE_WINDOW.room) {
        // A stream at a standstill slows an account down, and never locks it for good.
        const isPruned = await attempts.read(() => pruneOperations(deps, saved, { isFull: true }));
        if (!isPruned) throw new AccountBusy('the account remembers too many operations of the last seconds');
        image = await read();
        continue;
      }
      const next = nextVersion(step.account, { ...changeOf(verb, image, now), ...step.details });
      result = await attempts.write((signal) => deps.accounts.save(next, signal));
      if (!result && attempts.answerLost) outstanding.addSave(next);
      if (result?.code === 'refused') await attempts.pause();
    }
    if (result?.code === 'saved')
      return { code: 'changed', account: result.account, operationId: operation.id };
    if (result) image = result.account;
    isReread = false;
  }
}

/** Denials that may end by themselves. */
const PASSING: ReadonlySet<string> = new Set(['exceeded', 'too_many_reservations']);

/** When a denial ends by itself. `at`: the instant of the denial (epoch ms). */
async function findRetry<Denial extends { readonly code: string }>(
  deps: ChangeAccountDeps,
  { denial, account }: FinalDenial<Denial>,
  at: number,
  isAdmitted: (then: Account, instant: number) => boolean,
): Promise<{ readonly retryAt: number | undefined; readonly plansAhead: PlansAhead | undefined }> {
  const plansAhead = PASSING.has(denial.code) ? await findPlansAhead(deps, account) : undefined;
  return { plansAhead, retryAt: plansAhead && retryInstant(account, plansAhead, at, isAdmitted) };
}

function changeOf(verb: Omit<Verb<never>, 'step' | 'look'>, image: Image, now: number): Change {
  const { kind, operation, amounts, context } = verb;
  return {
    ...context,
    kind,
    operationId: operation.id,
    keyed: operation.keyed,
    fingerprint: operation.fingerprint,
    at: dateAfter(image === 'unseen' ? undefined : image?.change, now),
    amounts,
  };
}
