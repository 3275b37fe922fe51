import type { MemoryCache } from '../../adapters/cache/memory-cache.ts';
import type { Account, Amounts } from '../../domain/account.ts';
import { type Decision, decide } from '../../domain/decide.ts';
import { withMoreRoom } from '../../domain/newer-plan.ts';
import { type PlansAhead, retryInstant } from '../../domain/retry-instant.ts';

/** What an account looked like when it last denied something. Instants are epoch ms. */
export interface DenyingImage {
  readonly account: Account;
  readonly seenAt: number;
  /** When the newest version of the plan was read, which gave the denial too. */
  readonly planAsOf: number;
  readonly plansAhead: PlansAhead | undefined;
}

/**
 * Accounts that denied lately, kept for as long as the memory it is made of keeps things: at most a second, so that what
 * others change is noticed.
 */
export type DenialCache = Pick<MemoryCache<DenyingImage>, 'get' | 'set' | 'delete'>;

/** Limits of the memory that `DenialCache` is to be made of. An image may hold a thousand operations, so it keeps few. */
export const DENIAL_CACHE = { ttlMs: 1_000, capacity: 256 } as const;

export interface RememberedDenial extends DenyingImage {
  readonly denial: Extract<Decision, { code: 'exceeded' }>;
  /** When the amounts would be admitted (epoch ms); `undefined`: waiting does not help. */
  readonly retryAt: number | undefined;
}

/**
 * Denies amounts that a user's account, as it was at most a second ago, does not have left in a period that is still open.
 * The newest version of the plan, as it was read with the account, has to deny them too: it may have denied other amounts.
 */
export function recallDenial(
  denials: DenialCache,
  userId: string,
  amounts: Amounts,
  now: number,
): RememberedDenial | undefined {
  const image = denials.get(userId);
  // The image is older than its entry by the time its request took, and the plan may be older than the image.
  if (!image || now - Math.min(image.seenAt, image.planAsOf) >= DENIAL_CACHE.ttlMs) return undefined;
  const { plansAhead } = image;
  const account = plansAhead ? withMoreRoom(image.account, plansAhead.own, now) : image.account;
  const denial = decide(account, { amounts }, now);
  if (denial.code !== 'exceeded') return undefined;
  const isAdmitted = (then: Account, at: number) => decide(then, { amounts }, at).code === 'allowed';
  return {
    ...image,
    account,
    denial,
    retryAt: plansAhead && retryInstant(account, plansAhead, now, isAdmitted),
  };
}
