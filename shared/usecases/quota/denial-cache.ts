import type { MemoryCache } from '../../adapters/cache/memory-cache.ts';
import type { Account, Amounts } from '../../domain/account.ts';
import { type Decision, decide } from '../../domain/decide.ts';
import { withMoreRoom } from '../../domain/newer-plan.ts';
import { type PlansAhead, retryInstant } from '../../domain/retry-instant.ts';

/** An account at its last denial. Instants are epoch ms. */
export interface DenyingImage {
  readonly account: Account;
  readonly seenAt: number;
  /** When the newest version of the plan was read, which denied too. */
  readonly planAsOf: number;
  readonly plansAhead: PlansAhead | undefined;
}

/**
 * Accounts that denied recently, kept for `DENIAL_CACHE.ttlMs`, so that changes by other environments are
 * seen soon.
 */
export type DenialCache = Pick<MemoryCache<DenyingImage>, 'get' | 'set' | 'delete'>;

/**
 * Limits of the memory behind `DenialCache`. An image may hold a thousand operations, so the capacity is
 * small.
 */
export const DENIAL_CACHE = { ttlMs: 1_000, capacity: 256 } as const;

export interface RememberedDenial extends DenyingImage {
  readonly denial: Extract<Decision, { code: 'exceeded' }>;
  /** When the amounts would be admitted (epoch ms); `undefined`: never. */
  readonly retryAt: number | undefined;
}

/**
 * Denies amounts that exceed a user's account as of at most a second ago, in a period that is still open. The
 * newest version of the plan, as read with the account, has to deny them too: it may have denied other
 * amounts.
 */
export function recallDenial(
  denials: DenialCache,
  userId: string,
  amounts: Amounts,
  now: number,
): RememberedDenial | undefined {
  const image = denials.get(userId);
  // The image is older than its cache entry by the duration of its request, and the plan may be older still.
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
