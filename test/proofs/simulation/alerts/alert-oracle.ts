import type { ServiceEvent } from '../../../../shared/adapters/aws/event-publisher.ts';
import { ALERT_PREFIX, alertKey } from '../../../../shared/adapters/dynamodb/keys.ts';
import { EVENTS } from '../../../../shared/contract.ts';
import type { Account, Counter } from '../../../../shared/domain/account.ts';
import { type AttributeMap, isSet } from '../dynamodb/attribute.ts';
import type { MemoryTable, Written } from '../dynamodb/memory-table.ts';
import type { Oracle } from '../oracle.ts';

/** An alert's published content. */
interface PublishedAlert {
  readonly id: string;
  readonly userId: string;
  readonly type: string;
  readonly interval: string;
  readonly level: string;
  readonly periodStart: string;
  /** Of the rise, or of the fall. */
  readonly version: number;
  readonly news: 'raised' | 'recovered';
  readonly recoveredTo: string | null;
}

/** The newest publication of one channel about a counter: its level. */
interface Word {
  readonly version: number;
  readonly rank: number;
}

/** Percent of the limit, the highest first: no plan of a history has others. */
const LEVELS = [
  ['exhausted', 100],
  ['critical', 95],
  ['warning', 80],
] as const;

/** A counter in one of its periods: the level that its alerts must have. */
interface Followed {
  readonly alertKey: (level: string) => string;
  rank: number;
  /** By the account's version. */
  readonly ranks: Map<number, number>;
}

/**
 * Follows the level of each counter through the versions of its account, and its publications: each rise
 * once, no rise that did not happen, and at quiescence the last publication and the active alerts have the
 * counter's level. A limit of 0 keeps the level.
 */
export class AlertOracle {
  readonly #oracle: Oracle;
  readonly #table: () => MemoryTable;
  /** By the beginning of their alerts' keys. */
  readonly #followed = new Map<string, Followed>();
  /** Rises to be published: `<alert's key> v<version>`. */
  readonly #rises = new Set<string>();
  /** Publications of raised alerts, by bus or topic: `<alert's key> v<version>` and its id. */
  readonly #raised = new Map<string, string>();
  /** By channel, then as `#followed`. */
  readonly #words = { bus: new Map<string, Word>(), topic: new Map<string, Word>() };
  readonly #onBus = new Set<string>();
  readonly #onTopic = new Set<string>();
  readonly #closed = new Set<string>();
  readonly #publishedClosings = new Set<string>();

  constructor(oracle: Oracle, table: () => MemoryTable) {
    this.#oracle = oracle;
    this.#table = table;
  }

  /** An account's next version. */
  onAccount(before: Account | undefined, after: Account): void {
    for (const [feature, list] of after.counters) {
      for (const counter of list) {
        if (counter.limit === 0) continue;
        const followed = this.#follow(after.userId, feature, counter);
        const rank = rankOf(counter);
        if (rank > followed.rank) this.#rises.add(`${followed.alertKey(levelOf(rank))} v${after.version}`);
        followed.rank = rank;
        followed.ranks.set(after.version, rank);
      }
    }
    this.#close(before, after);
  }

  #follow(userId: string, feature: string, { interval, periodStart }: Counter): Followed {
    const keyFor = (level: string) => {
      const { pk, sk } = alertKey(userId, periodStart, feature, interval, level);
      return `${pk} ${sk}`;
    };
    const known = this.#followed.get(keyFor(''));
    if (known) return known;
    const followed = { alertKey: keyFor, rank: 0, ranks: new Map<number, number>() };
    this.#followed.set(keyFor(''), followed);
    return followed;
  }

  /** Periods that were closed with usage. */
  #close(before: Account | undefined, after: Account): void {
    for (const [feature, list] of before?.counters ?? []) {
      for (const { interval, periodStart, used } of list) {
        const next = after.counters.get(feature)?.find((other) => other.interval === interval);
        if (used > 0 && next && next.periodStart > periodStart)
          this.#closed.add(closingOf(after.userId, feature, interval, periodStart));
      }
    }
  }

  onPublished(event: ServiceEvent): void {
    const { type, detail } = event;
    if (type === EVENTS.reset) {
      const { userId, type: feature, interval, periodStart } = detail as PublishedAlert; // it has the same fields for its period
      this.#publishedClosings.add(closingOf(userId, feature, interval, Date.parse(periodStart)));
      return;
    }
    this.#verify(detail as PublishedAlert, 'bus');
    this.#onBus.add(nameOf(detail as PublishedAlert));
  }

  onMessage(detail: object): void {
    this.#verify(detail as PublishedAlert, 'topic'); // of alerts alone
    this.#onTopic.add(nameOf(detail as PublishedAlert));
  }

  #verify({ id, version, news, ...alert }: PublishedAlert, channel: 'bus' | 'topic'): void {
    const start = Date.parse(alert.periodStart);
    const keyFor = (level: string) => {
      const { pk, sk } = alertKey(alert.userId, start, alert.type, alert.interval, level);
      return `${pk} ${sk}`;
    };
    const key = keyFor(alert.level);
    const rank = rankOfLevel(news === 'raised' ? alert.level : alert.recoveredTo);
    if (this.#followed.get(keyFor(''))?.ranks.get(version) !== rank)
      this.#report(`${key} ${news} has ${levelOf(rank)} of v${version}, which is at another level`);
    const last = this.#words[channel].get(keyFor(''));
    if (!last || last.version < version) this.#words[channel].set(keyFor(''), { version, rank });
    if (news !== 'raised') return;
    const rise = `${key} v${version}`;
    if (!this.#rises.has(rise)) this.#report(`${key} was published, and v${version} did not rise to it`);
    const known = this.#raised.get(rise) ?? id;
    this.#raised.set(rise, known);
    if (known !== id) this.#report(`${rise} was published as ${known} and as ${id}`);
  }

  /** A notification no longer pending was published, on both channels. */
  onWrite({ key, before, after }: Written): void {
    if (!key.sk.startsWith(ALERT_PREFIX) || !before || !after || idOf(before) !== idOf(after)) return;
    const [old, left] = [before.untold, after.untold];
    for (const news of isSet(old) ? old : []) {
      const name = `${idOf(before)} ${news}`;
      const isOpen = isSet(left) && left.has(news);
      if (!isOpen && !(this.#onBus.has(name) && this.#onTopic.has(name)))
        this.#report(`${key.pk} ${key.sk}: ${news} counts as published, and was not`);
    }
  }

  /** At quiescence. */
  verifyAtRest(userId: string): void {
    const { pk } = alertKey(userId, 0, '', '', '');
    const isOfUser = (key: string) => key.startsWith(`${pk} `);
    for (const rise of [...this.#rises].filter(isOfUser)) {
      const name = `${this.#raised.get(rise)} raised`;
      if (!this.#onBus.has(name) || !this.#onTopic.has(name)) this.#report(`${rise} was never published`);
    }
    const alerts = this.#table()
      .partition(pk)
      .filter(({ sk }) => String(sk).startsWith(ALERT_PREFIX));
    for (const { sk, untold } of alerts)
      if (untold !== undefined) this.#report(`${pk} ${sk} is still pending`);
    for (const [key, { rank }] of [...this.#followed].filter(([key]) => isOfUser(key))) {
      const activeAlerts = alerts.filter(({ sk, recovery }) => `${pk} ${sk}`.startsWith(key) && !recovery);
      const highest = Math.max(
        0,
        ...activeAlerts.map(({ alert }) => rankOfLevel((alert as AttributeMap).level)),
      );
      for (const [channel, words] of Object.entries(this.#words)) {
        const published = words.get(key)?.rank ?? 0;
        if (published !== rank)
          this.#report(
            `${key} is ${levelOf(rank)}, and the last publication by ${channel} ${levelOf(published)}`,
          );
      }
      if (highest !== rank)
        this.#report(`${key} is ${levelOf(rank)}, and its alerts have ${levelOf(highest)}`);
    }
    for (const closing of this.#closed)
      if (!this.#publishedClosings.has(closing)) this.#report(`the end of ${closing} was never published`);
  }

  #report(text: string): void {
    this.#oracle.report('published once', text);
  }
}

/** 0 below every level, up to 3. */
function rankOf(counter: Counter | undefined): number {
  const { limit = 0, used = 0 } = counter ?? {};
  if (limit === null || limit <= 0) return 0;
  const index = LEVELS.findIndex(([, percent]) => BigInt(used) * 100n >= BigInt(percent) * BigInt(limit));
  return index < 0 ? 0 : LEVELS.length - index;
}

function rankOfLevel(level: unknown): number {
  const index = LEVELS.findIndex(([name]) => name === level);
  return index < 0 ? 0 : LEVELS.length - index;
}

function levelOf(rank: number): string {
  return LEVELS[LEVELS.length - rank]?.[0] ?? 'below every level';
}

function idOf(item: AttributeMap | undefined): string {
  return String((item?.alert as AttributeMap | undefined)?.id); // written by one store alone
}

function nameOf({ id, news }: PublishedAlert): string {
  return `${id} ${news}`;
}

function closingOf(userId: string, feature: string, interval: string, periodStart: number): string {
  return `${userId} ${feature}/${interval} from ${new Date(periodStart).toISOString()}`;
}
