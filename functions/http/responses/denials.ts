import {
  type Account,
  type Amounts,
  type Counter,
  featuresByName,
  isoInstant,
} from '../../../shared/domain/account.ts';
import type { UnusableKey } from '../../../shared/usecases/quota/change-account.ts';
import type { QuotaDenial } from '../../../shared/usecases/quota/consume.ts';
import type { GrantDenial } from '../../../shared/usecases/quota/grant-quota.ts';
import type { ReleaseDenial } from '../../../shared/usecases/quota/release.ts';
import type { ReserveDenial } from '../../../shared/usecases/quota/reserve.ts';
import type { UnknownFeature } from '../../../shared/usecases/quota/reset-quota.ts';
import type { SettleDenial } from '../../../shared/usecases/quota/settle-reservation.ts';
import { type Problem, secondsUntil } from '../problems.ts';

/** Every denial of a use case. */
export type AnyDenial =
  | QuotaDenial
  | ReserveDenial
  | ReleaseDenial
  | GrantDenial
  | SettleDenial
  | UnknownFeature;

/** The account and amounts of a denial. */
export interface DenialContext {
  readonly account: Account;
  readonly amounts: Amounts;
  readonly retryAt: number | undefined;
}

export const KEY_REUSED: Problem = {
  code: 'key_reused',
  detail:
    'This Idempotency-Key was used for another request. Send a new key, or repeat the original request.',
};

/** An id that the service minted comes back as a key, longer after than the ledger is kept. */
export const KEY_EXPIRED: Problem = {
  code: 'key_expired',
  detail:
    'This operation id is older than the ledger that is kept: the request may have been applied then. Nothing was changed now. If it was not applied, send a new key.',
};

export const UNUSABLE_KEY: Readonly<Record<UnusableKey, Problem>> = {
  key_reused: KEY_REUSED,
  key_expired: KEY_EXPIRED,
};

/**
 * A denial as a problem, with the relevant figures and when to retry.
 *
 * @param retryAt when the same request is admitted (epoch ms); `undefined`: waiting does not help
 */
export function explainDenial(
  denial: AnyDenial,
  { account, amounts, retryAt }: DenialContext,
  now: number,
): Problem {
  const wait = retryAt === undefined ? {} : { retryAfterSeconds: secondsUntil(retryAt, now) };
  const { code } = denial;
  switch (denial.code) {
    case 'exceeded':
      return {
        code: denial.code,
        detail: exceeded(denial, { account, amounts, retryAt }),
        ...wait,
      };
    case 'suspended':
      return {
        code: denial.code,
        detail: 'The account is suspended; every use is denied until it is active again.',
      };
    case 'unknown_feature': {
      const known = featuresByName(account).join(', ') || 'no feature';
      return {
        code: denial.code,
        detail: `"${denial.feature}" is not in the plan "${account.plan.id}", which has ${known}.`,
      };
    }
    case 'not_a_gauge':
      return {
        code: denial.code,
        detail: `"${denial.feature}" is reset when its period ends; only features with the interval "never" can be released.`,
      };
    case 'release_exceeds_usage':
      return {
        code: denial.code,
        detail: `At most ${denial.used} of "${denial.feature}" can be released: that is the current usage.`,
      };
    case 'limit_too_large':
      return {
        code: denial.code,
        detail: `This grant would raise the limit of "${denial.feature}" above 2^53 - 1; grant less.`,
      };
    case 'reservation_not_found':
      return {
        code: denial.code,
        detail: 'This user never had the reservation, or it expired days ago.',
      };
    case 'reservation_expired':
      return {
        code: denial.code,
        detail: `The reservation expired at ${isoInstant(denial.expiresAt)} and could be settled until ${isoInstant(denial.settleableUntil)}. Nothing was changed; consume the units that were used.`,
      };
    case 'too_many_reservations':
      return {
        code: denial.code,
        detail: `${denial.limit} reservations are open. Confirm or release some, or wait until one expires.`,
        ...wait,
      };
    default:
      return unreachable(denial, code);
  }
}

type Exceeded = Extract<AnyDenial, { code: 'exceeded' }>;

function exceeded({ feature, interval }: Exceeded, { account, amounts, retryAt }: DenialContext): string {
  const counter = account.counters.get(feature)?.find((one) => one.interval === interval);
  const amount = amounts.get(feature) ?? 0;
  const { remaining = 0, limit } = counter ?? {};
  const period = interval === 'never' ? '' : ` (${interval})`;
  const figures = `${Math.max(0, remaining)} of ${limit ?? 0} remain${period}`;
  const remedy = remedyOf(counter, amount, retryAt);
  return `${amount} of "${feature}" ${amount === 1 ? 'does' : 'do'} not fit: ${figures}; ${remedy}.`;
}

/** How to make the request fit. */
function remedyOf(counter: Counter | undefined, amount: number, retryAt: number | undefined): string {
  if (retryAt !== undefined) {
    const isReset = retryAt === counter?.periodEnd;
    return `${isReset ? 'the next period starts at' : 'it will fit at'} ${isoInstant(retryAt)}`;
  }
  if (counter?.interval === 'never' && amount <= (counter.limit ?? 0))
    return 'release units that are no longer needed';
  return 'waiting does not help: no period has that many units';
}

function unreachable(denial: never, code: string): never {
  throw new Error(`no problem for the denial ${code}: ${JSON.stringify(denial)}`);
}
