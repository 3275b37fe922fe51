import type { AccountStore, WriteResult } from '../../adapters/dynamodb/account-store.ts';
import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { Account, Change } from '../../domain/account.ts';
import { DEDUPE_WINDOW } from '../../domain/dedupe-window.ts';
import { AccountBusy } from '../../domain/faults.ts';
import { dateAfter, nextVersion } from '../../domain/next-version.ts';
import { recall } from '../../domain/operation.ts';
import type { PlansAhead } from '../../domain/retry-instant.ts';
import { findDuplicate, type Knowledge } from '../ledger/find-duplicate-operation.ts';
import { pruneOperations } from '../ledger/prune-operations.ts';
import { OperationRetry, type OperationRetryDeps } from '../retry/operation-retry.ts';
import { type CurrentAccountDeps, currentAccount } from './current-account.ts';
import type { DenialCache } from './denial-cache.ts';
import { OutstandingWrites } from './outstanding-writes.ts';
import { findRetry } from './plans-ahead.ts';
import { type Step, stepOnNewestPlan } from './step-on-newest-plan.ts';
import type { BlindWrite, Image, Verb } from './verb.ts';

export type { Step };

export interface ChangeAccountDeps extends CurrentAccountDeps, OperationRetryDeps {
  readonly accounts: Pick<AccountStore, 'read' | 'save' | 'prune'>;
  readonly ledger: Pick<LedgerStore, 'findRecord' | 'findRecords' | 'newest' | 'checkpoint'>;
  readonly plans: Pick<PlanStore, 'current' | 'recent'>;
  /** A user's entry is deleted whenever a verb changes the account, or may have changed it. */
  readonly denials: DenialCache;
}

interface Coded {
  readonly code: string;
}

/** Why a caller's key cannot be used for the request; nothing was changed. */
export type UnusableKey = 'key_reused' | 'key_expired';

/**
 * `changed`: applied by this call. `replayed`: applied before, by a call with the same operation id.
 * `key_reused`: the id belongs to another request. `key_expired`: a request with this id may have been
 * applied, longer ago than the ledger is kept.
 */
export type ChangeOutcome<Denial> =
  | { readonly code: 'changed' | 'replayed'; readonly account: Account; readonly operationId: string }
  | { readonly code: 'key_reused' }
  | { readonly code: 'key_expired' }
  | {
      readonly code: 'denied';
      readonly denial: Denial;
      readonly account: Account;
      /** When this was the account (epoch ms): now, or within the last second. */
      readonly asOf: number;
      /**
       * When the newest version of the plan was read, which denies too (epoch ms, within the last second).
       */
      readonly planAsOf: number;
      /** When the request would be admitted if nothing but time passed (epoch ms); `undefined`: never. */
      readonly retryAt: number | undefined;
      /** The plans that `retryAt` was computed with. */
      readonly plansAhead: PlansAhead | undefined;
    };

/**
 * Runs a verb on an account, at most once per operation id. All quota verbs, rollovers and changes of plan go
 * through here.
 *
 * ```
 * blind write (if the verb has one) ─▶ applied
 *        └▶ rejected: the old account ─▶ blind again, or:
 * advance ─▶ step ─▶ save on the version it was computed from ─▶ applied
 *    ▲          │         └▶ rejected: the account of the winner
 *    │          └▶ denied: again on the newest version of the plan ─▶ denied
 *    └──────────────────────────┘
 * ```
 *
 * Invariants:
 *
 * - Every write carries the operation id and is conditional on it, so a retry is never charged again, however
 *   late the network delivers it.
 * - A denial is final: it is returned only when no write of this call can still be applied.
 * - Only the DynamoDB condition admits units; caches and `denials` never do.
 *
 * @throws Unavailable when the time budget does not suffice, AccountBusy when the account has no room;
 * nothing was changed
 * @throws OutcomeUnknown when a write of this call may have been, or may yet be, applied
 */
export async function changeAccount<Denial extends Coded, Found = undefined>(
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

/** The state of one call of `changeAccount`. */
interface Call<Denial, Found> {
  readonly deps: ChangeAccountDeps;
  readonly verb: Verb<Denial, Found>;
  readonly attempts: OperationRetry;
  readonly outstanding: OutstandingWrites;
  knowledge: Knowledge;
  image: Image;
  /** Whether the image was read after the last write was sent. */
  isReread: boolean;
}

/** The result of a round: the outcome, or `undefined` for another round on the updated state. */
type Round<Denial> = Promise<ChangeOutcome<Denial> | undefined>;

async function run<Denial extends Coded, Found>(
  deps: ChangeAccountDeps,
  verb: Verb<Denial, Found>,
  attempts: OperationRetry,
): Promise<ChangeOutcome<Denial>> {
  const knowledge = await lookUp({ deps, verb, attempts });
  const image = verb.blind && knowledge.code === 'new' ? 'unseen' : await read({ deps, verb, attempts });
  const outstanding = new OutstandingWrites();
  const call: Call<Denial, Found> = { deps, verb, attempts, outstanding, knowledge, image, isReread: false };
  for (;;) {
    const outcome = await round(call, deps.now());
    if (outcome) return outcome;
  }
}

/** Returns the outcome of a known operation; otherwise looks it up again, reads the account, or writes. */
async function round<Denial extends Coded, Found>(call: Call<Denial, Found>, now: number): Round<Denial> {
  const { image, knowledge, verb } = call;
  const seen = image === 'unseen' ? undefined : image;
  const remembered = seen ? recall(seen, verb.operation) : 'new';
  const code = remembered === 'new' ? knowledge.code : remembered;
  if (code === 'key_reused' || code === 'key_expired') return { code };
  if (code === 'replayed') return replayed(call);
  if (seen && seen.floor > knowledge.asOf) return lookUpAgain(call);
  if (verb.blind?.fits(image, now)) return writeBlind(call, verb.blind, now);
  if (image === 'unseen') return readAgain(call);
  return saveStep(call, image, now);
}

async function replayed<Denial, Found>(call: Call<Denial, Found>): Promise<ChangeOutcome<Denial>> {
  const { deps, verb, attempts, image } = call;
  const saved = image === 'unseen' ? await read(call) : image;
  const account = await currentAccount(deps, verb.userId, saved, deps.now());
  // A minted id in the account can only be from this call's own write, whose response was lost.
  const isOwn = attempts.answerLost && !verb.operation.keyed;
  return { code: isOwn ? 'changed' : 'replayed', account, operationId: verb.operation.id };
}

/**
 * Repeats the look-up, since the account may have forgotten the operation. A minted id cannot be looked up:
 * give up.
 */
async function lookUpAgain<Denial, Found>(call: Call<Denial, Found>): Promise<undefined> {
  const { attempts, verb } = call;
  if (!verb.operation.keyed) throw attempts.exhausted();
  await attempts.pause();
  call.knowledge = await lookUp(call, { mustLook: true });
}

async function writeBlind<Denial, Found>(
  call: Call<Denial, Found>,
  blind: BlindWrite,
  now: number,
): Round<Denial> {
  const { verb, attempts, outstanding, image } = call;
  const { asOf } = call.knowledge;
  const change = changeOf(verb, image, now);
  const result = await attempts.write((signal) => blind.send({ image, change, now, asOf }, signal));
  if (!result && attempts.answerLost) outstanding.addBlind(change);
  return written(call, result);
}

/**
 * Takes the verb's step on the account as it is now, and saves it on the version that it was computed from.
 */
async function saveStep<Denial extends Coded, Found>(
  call: Call<Denial, Found>,
  saved: Account | undefined,
  now: number,
): Round<Denial> {
  const { deps, verb, attempts, outstanding } = call;
  // An account's time never decreases: a clock behind the last writer's would reopen a closed period.
  const at = dateAfter(saved?.change, now);
  const draft = await attempts.read(() => currentAccount(deps, verb.userId, saved, at));
  const found = await attempts.read(async (signal) => verb.look?.(draft, saved, signal));
  const takeStep = (account: Account) => verb.step(account, at, saved, found);
  const step = await attempts.read(() => stepOnNewestPlan(deps.plans, draft, at, takeStep));
  if ('denial' in step) {
    if (outstanding.mayApplyTo(saved)) return readBeforeDenial(call);
    const isAdmitted = (then: Account, instant: number) =>
      !('denial' in verb.step(then, instant, step.account, found));
    const retry = await attempts.read(() => findRetry(deps, step, at, isAdmitted));
    const { denial, account, planAsOf = now } = step;
    return { code: 'denied', denial, account, asOf: now, planAsOf, ...retry };
  }
  if (saved && saved.operations.size >= DEDUPE_WINDOW.room) return makeRoom(call, saved);
  return save(call, nextVersion(step.account, { ...changeOf(verb, saved, now), ...step.details }));
}

async function save<Denial, Found>(call: Call<Denial, Found>, next: Account): Round<Denial> {
  const { deps, attempts, outstanding } = call;
  const result = await attempts.write((signal) => deps.accounts.save(next, signal));
  if (!result && attempts.answerLost) outstanding.addSave(next);
  if (result?.code === 'refused') await attempts.pause();
  return written(call, result);
}

/** Reads once more before a denial while a write of this call may yet be applied, then gives up. */
async function readBeforeDenial<Denial, Found>(call: Call<Denial, Found>): Promise<undefined> {
  if (call.isReread) throw call.attempts.exhausted();
  await readAgain(call);
  call.isReread = true;
}

/** Prunes a full account, so that a stalled stream slows an account down but never locks it. */
async function makeRoom<Denial, Found>(call: Call<Denial, Found>, saved: Account): Promise<undefined> {
  const isPruned = await call.attempts.read(() => pruneOperations(call.deps, saved, { isFull: true }));
  if (!isPruned) throw new AccountBusy('the account remembers too many recent operations');
  await readAgain(call);
}

/** Takes over the result of a write; `undefined`: the write has none, and is retried. */
function written<Denial, Found>(
  call: Call<Denial, Found>,
  result: WriteResult | undefined,
): ChangeOutcome<Denial> | undefined {
  if (result?.code === 'saved')
    return { code: 'changed', account: result.account, operationId: call.verb.operation.id };
  if (result) call.image = result.account;
  call.isReread = false;
  return undefined;
}

type Reads = Pick<Call<never, never>, 'deps' | 'attempts'> & {
  readonly verb: Pick<Verb<never>, 'userId' | 'operation' | 'arrivedAt'>;
};

function lookUp({ deps, verb, attempts }: Reads, { mustLook = false } = {}): Promise<Knowledge> {
  const { userId, operation, arrivedAt } = verb;
  return findDuplicate(deps, attempts, userId, operation, { arrivedAt, mustLook });
}

function read({ deps, verb, attempts }: Reads): Promise<Account | undefined> {
  return attempts.read((signal) => deps.accounts.read(verb.userId, { consistent: true, signal }));
}

async function readAgain<Denial, Found>(call: Call<Denial, Found>): Promise<undefined> {
  call.image = await read(call);
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
