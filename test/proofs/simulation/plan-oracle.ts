import type { Account, Amounts, Feature } from '../../../shared/domain/account.ts';
import type { Allowance, Plan } from '../../../shared/domain/plan.ts';
import type { Written } from './dynamodb/memory-table.ts';
import type { Oracle } from './oracle.ts';
import type { World } from './world.ts';

/** How long a function's cache may answer for a plan. */
const PLAN_MEMORY_MS = 1_000;
/** Larger amounts are refused for reasons other than the plan's limits. */
const LARGEST_AMOUNT = 1e12;

/** A denial or a negative check, as the caller receives it. */
export interface Denied {
  readonly account: Account;
  readonly code: string;
  readonly amounts: Amounts;
  /** When the request was sent (true time, epoch ms). */
  readonly askedAt: number;
}

interface SavedVersion {
  readonly since: number;
  readonly plan: Plan;
}

/**
 * Records every version of every plan and when it was stored. A request is denied only if a version that was
 * the newest during the request, or up to a second before it, denies it too. It uses its own arithmetic.
 */
export class PlanOracle {
  readonly #oracle: Oracle;
  readonly #world: Pick<World, 'now'>;
  readonly #versions = new Map<string, SavedVersion[]>();

  constructor(oracle: Oracle, world: Pick<World, 'now'>) {
    this.#oracle = oracle;
    this.#world = world;
  }

  /** An item was written. */
  onWrite({ key, after }: Written): void {
    if (!key.pk.startsWith('PLAN#') || key.sk !== 'CURRENT' || !after) return;
    const { plan } = after as unknown as { plan: Plan }; // written by the plan store, or by the seed
    const known = this.#versions.get(plan.id) ?? [];
    this.#versions.set(plan.id, [...known, { since: this.#world.now(), plan }]);
  }

  /** Verifies a denial for an unknown feature or too few units; other denials do not depend on plans. */
  verify(request: string, { account, code, amounts, askedAt }: Denied): void {
    if (code !== 'exceeded' && code !== 'unknown_feature') return;
    if ([...amounts.values()].some((amount) => amount > LARGEST_AMOUNT)) return;
    const versions = this.#versions.get(account.plan.id) ?? [];
    const known = versions.findLast(({ since }) => since <= askedAt - PLAN_MEMORY_MS);
    if (!known || known.plan.version <= account.plan.version) return;
    const newer = versions.filter(({ plan }) => plan.version >= known.plan.version);
    if (newer.some(({ plan }) => !admits(plan, account, amounts))) return;
    this.#oracle.report(
      'edited plans reach users',
      `${request} was answered ${code} by version ${account.plan.version} of plan ${account.plan.id}; version ${known.plan.version} admits it`,
    );
  }
}

function admits({ allowances }: Plan, account: Account, amounts: Amounts): boolean {
  return [...amounts].every(([feature, amount]) => {
    const own = allowances.filter((allowance) => allowance.feature === feature);
    return own.length > 0 && own.every((allowance) => roomIn(account, feature, allowance) >= amount);
  });
}

function roomIn(account: Account, feature: Feature, { interval, limit, enforced }: Allowance): number {
  if (limit === null || !enforced) return Number.POSITIVE_INFINITY;
  const counter = account.counters.get(feature)?.find((one) => one.interval === interval);
  const { used, held, granted } = counter ?? { used: 0, held: 0, granted: 0 };
  return limit + granted - used - held;
}
