import { createHash } from 'node:crypto';
import { type Account, brokenInvariants, type Counter } from './account.ts';
import { counterKey, type LedgerDelta, type LedgerEntry } from './ledger.ts';
import { CheckpointProof, type LedgerCheckpoint } from './ledger-checkpoint.ts';
import { FIGURES, type LedgerSums, NO_SUMS } from './ledger-sums.ts';
import { isMinted, RECORD_LIFETIME_MS } from './operation.ts';

/** Findings kept for one account; the others are only counted. */
const MAX_FINDINGS = 20;
/** Versions of an account, both ends included. */
export interface VersionRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Compares an account with its ledger, whose entries it takes one by one, the newest first. It verifies that
 * every version is there once, dates are in order, no operation is there twice, and sums equal the account's
 * figures.
 *
 * With a checkpoint, the ledger begins after it: its sums count instead of the entries before. Those are
 * compared with it while the table still has them.
 *
 * It keeps no entries. Operation ids are kept as 48-bit digests, of the last 8 to 16 days of entries: a
 * caller may use a key again once its record has expired.
 */
export class LedgerAudit {
  readonly #account: Account;
  readonly #sums: Map<string, Record<(typeof FIGURES)[number], number>>;
  /** The version after which the ledger begins, and its date. */
  readonly #base: Pick<LedgerSums, 'version' | 'at' | 'counters'>;
  readonly #proof: CheckpointProof | undefined;
  readonly #findings: string[];
  readonly #missing: VersionRange[] = [];
  #more = 0;
  #last: Pick<LedgerEntry, 'version' | 'at'> | undefined;
  #head = 0;
  #recent = new Map<number, number>();
  #older = new Map<number, number>();
  #generationAt: number | undefined;

  /** @param checkpoint the account's, if it has one. @param now epoch ms */
  constructor(account: Account, checkpoint?: LedgerCheckpoint, now = 0) {
    this.#account = account;
    this.#base = checkpoint ?? NO_SUMS;
    this.#head = this.#base.version;
    this.#proof = checkpoint && new CheckpointProof(checkpoint, now);
    this.#findings = [];
    for (const violation of brokenInvariants(account)) this.#find(violation);
    const counters = countersOf(account).map(([key]) => [key, { used: 0, held: 0, limit: 0 }] as const);
    this.#sums = new Map(counters);
  }

  /**
   * Adds the next entry.
   *
   * @returns the version of an earlier added entry that may be of the same operation: `compare` both
   */
  add(entry: LedgerEntry): number | undefined {
    if (entry.version <= this.#base.version) this.#proof?.add(entry);
    else this.#addKept(entry);
    return this.#remember(entry);
  }

  #addKept({ version, at, deltas }: LedgerEntry): void {
    this.#head = Math.max(this.#head, version);
    const last = this.#last;
    if (last) {
      this.#expectNoGap(version, last.version);
      if (at > last.at) this.#find(`version ${last.version} is dated before version ${version}`);
    }
    this.#last = { version, at };
    for (const delta of deltas) this.#addToSums(delta);
  }

  #addToSums(delta: LedgerDelta): void {
    const sum = this.#sums.get(counterKey(delta.feature, delta));
    for (const figure of FIGURES) if (sum) sum[figure] += delta[figure];
  }

  /** The versions that are missing; complete after `finish`. */
  get missing(): readonly VersionRange[] {
    return this.#missing;
  }

  /** Records a finding if two entries are of one operation, closer in time than a key may be reused. */
  compare(entry: LedgerEntry, later: LedgerEntry): void {
    const { operationId: id, version } = entry;
    const isLate = Math.abs(later.at - entry.at) > RECORD_LIFETIME_MS;
    if (later.operationId !== id || (isLate && !isMinted(id))) return;
    this.#find(`the operation ${id} is in versions ${version} and ${later.version}`);
  }

  /**
   * Returns all findings, after the last entry.
   *
   * @param isWhole whether the ledger must reach the account's version; otherwise only its own versions are
   * compared
   */
  finish(isWhole: boolean): readonly string[] {
    const { version } = this.#account;
    const base = this.#base;
    const first = this.#last;
    // Last: sums of differences alone never exceed exact integers.
    for (const sum of base.counters) this.#addToSums(sum);
    if (first) this.#expectNoGap(base.version, first.version);
    if (first && base.at > first.at)
      this.#find(`version ${first.version} is dated before version ${base.version}`);
    for (const finding of this.#proof?.finish() ?? []) this.#find(finding);
    if (this.#head < version && isWhole) this.#expectNoGap(this.#head, version + 1);
    if (this.#head === version || isWhole) this.#compareSums();
    return this.#more > 0 ? [...this.#findings, `and ${this.#more} more findings`] : this.#findings;
  }

  #expectNoGap(version: number, above: number): void {
    const [from, to] = [version + 1, above - 1];
    if (from <= to) this.#missing.push({ from, to });
    if (from < to) this.#find(`versions ${from} to ${to} are missing`);
    else if (from === to) this.#find(`version ${from} is missing`);
    else if (version >= above) this.#find(`version ${version} is in the ledger twice`);
  }

  #compareSums(): void {
    for (const [key, { feature, counter }] of countersOf(this.#account)) {
      for (const figure of FIGURES) {
        const sum = this.#sums.get(key)?.[figure] ?? 0;
        const balance = counter[figure] ?? 0;
        if (sum !== balance) {
          this.#find(
            `${feature}/${counter.interval}: the ledger sums ${figure} to ${sum}, the account has ${balance}`,
          );
        }
      }
    }
  }

  #remember({ operationId, version, at }: LedgerEntry): number | undefined {
    this.#generationAt ??= at;
    if (Math.abs(this.#generationAt - at) > RECORD_LIFETIME_MS) {
      this.#older = this.#recent;
      this.#recent = new Map();
      this.#generationAt = at;
    }
    const digest = createHash('sha256').update(operationId).digest().readUIntBE(0, 6);
    const seen = this.#recent.get(digest) ?? this.#older.get(digest);
    this.#recent.set(digest, version);
    return seen;
  }

  #find(finding: string): void {
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push(finding);
    else this.#more += 1;
  }
}

/** Returns the findings for an account and all of its entries after its checkpoint, in any order. */
export function ledgerFindings(
  account: Account,
  entries: readonly LedgerEntry[],
  checkpoint?: LedgerCheckpoint,
  now?: number,
): readonly string[] {
  const audit = new LedgerAudit(account, checkpoint, now);
  const byVersion = new Map(entries.map((entry) => [entry.version, entry]));
  for (const entry of entries.toSorted((a, b) => b.version - a.version)) {
    const later = byVersion.get(audit.add(entry) ?? -1);
    if (later) audit.compare(entry, later);
  }
  return audit.finish(true);
}

function countersOf(account: Account): [string, { feature: string; counter: Counter }][] {
  return [...account.counters].flatMap(([feature, list]) =>
    list.map((counter): [string, { feature: string; counter: Counter }] => [
      counterKey(feature, counter),
      { feature, counter },
    ]),
  );
}
