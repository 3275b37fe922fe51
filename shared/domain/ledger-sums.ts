import type { ChangeKind, Feature } from './account.ts';
import type { LedgerDelta, LedgerEntry } from './ledger.ts';

/** The sums of a ledger's entries from the account's first version up to one version. */
export interface LedgerSums {
  /** Of the last entry that is included; 0: none is. */
  readonly version: number;
  /** When that entry was made (epoch ms). */
  readonly at: number;
  /** Sums of the periods that were open then. A closed period changes no more. */
  readonly counters: readonly LedgerDelta[];
  /** Units used since the account's first version, by feature. */
  readonly lifetime: ReadonlyMap<Feature, bigint>;
}

/** The figures of a counter that its entries sum up to. */
export const FIGURES = ['used', 'held', 'limit'] as const;

/** The sums before an account's first version. */
export const NO_SUMS: LedgerSums = { version: 0, at: 0, counters: [], lifetime: new Map() };

/** Changes whose amounts are used units. */
const USES: readonly ChangeKind[] = ['consume', 'confirm'];

/**
 * Sums entries one by one, the newest first. A counter has one open period, the one that changed last, so
 * entries of earlier periods of the same counter are left out.
 */
export class EntrySum {
  readonly #open = new Map<string, LedgerDelta>();
  readonly #lifetime = new Map<Feature, bigint>();
  #newest: Pick<LedgerSums, 'version' | 'at'> | undefined;

  /** Adds the entry of the version before. */
  add({ version, at, kind, amounts, deltas }: LedgerEntry): void {
    this.#newest ??= { version, at };
    for (const delta of deltas) this.#addDelta(delta);
    if (!USES.includes(kind)) return;
    for (const [feature, amount] of amounts) this.#addUse(feature, BigInt(amount));
  }

  /** Returns the sums of the entries and of everything before them. */
  after({ version, at, counters, lifetime }: LedgerSums): LedgerSums {
    const lasting = counters.filter(
      (sum) => (this.#open.get(counterOf(sum)) ?? sum).periodStart === sum.periodStart,
    );
    // After the entries: sums of differences alone never exceed exact integers.
    for (const sum of lasting) this.#addDelta(sum);
    for (const [feature, units] of lifetime) this.#addUse(feature, units);
    return {
      ...(this.#newest ?? { version, at }),
      counters: [...this.#open.values()].filter(({ used, held, limit }) => used || held || limit),
      lifetime: this.#lifetime,
    };
  }

  #addDelta(delta: LedgerDelta): void {
    const sum = this.#open.get(counterOf(delta));
    if (!sum) this.#open.set(counterOf(delta), delta);
    else if (sum.periodStart === delta.periodStart) this.#open.set(counterOf(delta), plus(sum, delta));
  }

  #addUse(feature: Feature, units: bigint): void {
    if (units > 0n) this.#lifetime.set(feature, (this.#lifetime.get(feature) ?? 0n) + units);
  }
}

/** Returns the sums after further entries, the oldest first, which follow without a gap. */
export function sumsAfter(sums: LedgerSums, entries: readonly LedgerEntry[]): LedgerSums {
  const sum = new EntrySum();
  for (const entry of entries.toReversed()) sum.add(entry);
  return sum.after(sums);
}

function counterOf({ feature, interval }: LedgerDelta): string {
  return `${feature}/${interval}`;
}

function plus(a: LedgerDelta, { used, held, limit }: LedgerDelta): LedgerDelta {
  return { ...a, used: a.used + used, held: a.held + held, limit: a.limit + limit };
}
