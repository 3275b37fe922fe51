import type { AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { CounterLayout } from '../../adapters/dynamodb/debit-expression.ts';
import { type Account, type Amounts, FAR_FUTURE } from '../../domain/account.ts';
import { isCountable } from '../../domain/count-use.ts';
import { debit } from '../../domain/debit.ts';
import { type Decision, decide } from '../../domain/decide.ts';
import { DEDUPE_WINDOW } from '../../domain/dedupe-window.ts';
import { dateAfter } from '../../domain/next-version.ts';
import type { QuotaRequest } from '../../domain/quota-request.ts';
import { identifyOperation } from '../ledger/identify-operation.ts';
import { type ChangeAccountDeps, type ChangeOutcome, changeAccount } from './change-account.ts';
import type { CounterLayoutCache } from './counter-layout-cache.ts';
import { recallDenial } from './denial-cache.ts';

export interface ConsumeDeps extends ChangeAccountDeps {
  readonly accounts: Pick<AccountStore, 'read' | 'save' | 'prune' | 'debit'>;
  readonly layouts: CounterLayoutCache;
}

/** Why units may not be used or reserved now. */
export type QuotaDenial = Extract<Decision, { code: 'exceeded' | 'suspended' | 'unknown_feature' }>;

/** Counters in one blind write; DynamoDB bounds an expression's length and operators. */
const MAX_BLIND_COUNTERS = 16;

/**
 * Uses units of one or more features: all of them, or none. Usually one conditional write and no read.
 *
 * ```
 * no remembered denial ─▶ blind write with the guessed counters ─▶ changed
 *       │                        └▶ rejected: decide on the old account ─▶ changeAccount's loop
 *       └▶ remembered: denied from memory (without a key), or read first (with one)
 * ```
 *
 * Outcomes: `changed`, `replayed` (charged before under the same key), `key_reused` (the key belongs to
 * another request), `denied` (`exceeded`, `suspended`, `unknown_feature`; nothing was changed). Faults are
 * those of `changeAccount`.
 *
 * For a second after a denial, no write is attempted in vain: a request without a key is denied from memory,
 * one with a key reads first, since it may be the retry of an accepted one.
 */
export async function consume(deps: ConsumeDeps, request: QuotaRequest): Promise<ChangeOutcome<QuotaDenial>> {
  const { userId, amounts, context } = request;
  const arrivedAt = deps.now();
  const operation = identifyOperation('consume', request, arrivedAt);
  const remembered = recallDenial(deps.denials, userId, amounts, arrivedAt);
  if (remembered && !operation.keyed) {
    const { seenAt, ...denied } = remembered;
    return { code: 'denied', ...denied, asOf: seenAt };
  }
  const outcome = await changeAccount<QuotaDenial>(deps, {
    userId,
    kind: 'consume',
    operation,
    amounts,
    arrivedAt,
    context,
    step: (account, now) => {
      const denial = denialOf(account, amounts, now);
      return denial ? { denial } : { account: debit(account, amounts) };
    },
    blind: {
      fits: (image, now) =>
        image === 'unseen'
          ? !remembered && countCounters(deps.layouts.guess(userId), amounts) <= MAX_BLIND_COUNTERS
          : fitsBlindly(image, amounts, now),
      send: ({ image, change, now, asOf }, signal) => {
        const known = image === 'unseen' ? undefined : image;
        const layout = known ? deps.layouts.learn(known) : deps.layouts.guess(userId);
        return deps.accounts.debit({ userId, amounts, change, layout, now, asOf }, signal);
      },
    },
  });
  if (outcome.code === 'denied' && outcome.denial.code === 'exceeded') {
    const { account, asOf, planAsOf, plansAhead } = outcome;
    deps.denials.set(userId, { account, seenAt: asOf, planAsOf, plansAhead });
  }
  return outcome;
}

/** Returns the denial of the amounts by an account that is current at `now` (epoch ms), if any. */
export function denialOf(account: Account, amounts: Amounts, now: number): QuotaDenial | undefined {
  const decision = decide(account, { amounts }, now);
  switch (decision.code) {
    case 'exceeded':
    case 'suspended':
    case 'unknown_feature':
      return decision;
    case 'allowed':
      return undefined;
    default:
      throw new Error(`unexpected decision for a current account: ${decision.code}`);
  }
}

/**
 * Whether the blind write can succeed on the last image. It needs room for its operation and a last change
 * that is not dated after it. It does not update the due index, so the entry there must not be later than the
 * end of any used period. It adds to figures: if one would exceed `MAX_AMOUNT`, the account is read and saved
 * instead.
 */
function fitsBlindly(image: Account | undefined, amounts: Amounts, now: number): boolean {
  if (!image || decide(image, { amounts }, now).code !== 'allowed') return false;
  if (image.operations.size >= DEDUPE_WINDOW.room) return false;
  if (image.change && dateAfter(image.change, now) < image.change.at) return false;
  const { dueAt } = image;
  const counters = [...amounts.keys()].flatMap((feature) => image.counters.get(feature) ?? []);
  const isIndexed = counters.every(
    ({ periodEnd }) => periodEnd === FAR_FUTURE || (dueAt !== null && dueAt <= periodEnd),
  );
  const isExact = [...amounts].every(([feature, amount]) =>
    image.counters.get(feature)?.every((counter) => isCountable(counter, amount)),
  );
  return isIndexed && isExact && counters.length <= MAX_BLIND_COUNTERS;
}

/** The number of counters in a blind write for an account with this layout. */
function countCounters(layout: CounterLayout, amounts: Amounts): number {
  return [...amounts.keys()].reduce((sum, feature) => sum + 1 + (layout.get(feature)?.length ?? 0), 0);
}
