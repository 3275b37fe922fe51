import type { ServiceEvent } from '../../../shared/adapters/aws/event-publisher.ts';
import { ALERT_PREFIX, alertKey } from '../../../shared/adapters/dynamodb/keys.ts';
import { EVENTS } from '../../../shared/contract.ts';
import type { Account, Counter } from '../../../shared/domain/account.ts';
import { type AttributeMap, isSet } from '../dynamodb/attribute.ts';
import type { MemoryTable, Written } from '../dynamodb/memory-table.ts';
import type { Oracle } from '../oracle.ts';

/** What is told of an alert, as its receivers see it. */
interface Told {
  readonly id: string;
  readonly userId: string;
  readonly type: string;
  readonly interval: string;
  readonly level: string;
  readonly periodStart: string;
  readonly version: number;
  readonly raisedAt: string;
  readonly news: 'raised' | 'recovered';
}

/** Percent of the limit, the highest first: no plan of a history has others. */
const LEVELS = [
  ['exhausted', 100],
  ['critical', 95],
  ['warning', 80],
] as const;
const DAY_MS = 86_400_000;

/**
 * Watches accounts for levels that they come to, and alerts for what becomes of them: each level of a period is one
 * alert, told of by bus and topic at least once, and nobody is told of a level that was not reached.
 */
export class AlertOracle {
  readonly #oracle: Oracle;
  readonly #table: () => MemoryTable;
  /** Where an alert has to stand: its sort key behind its user's partition. */
  readonly #due = new Set<string>();
  /** Levels of versions: `<alert's key> v<version>`. */
  readonly #reached = new Set<string>();
  /** Ids under which an alert was told as raised, by its key: when each was raised. */
  readonly #raised = new Map<string, Map<string, number>>();
  readonly #heard = new Set<string>();
  readonly #noticed = new Set<string>();
  readonly #closed = new Set<string>();
  readonly #toldClosed = new Set<string>();

  constructor(oracle: Oracle, table: () => MemoryTable) {
    this.#oracle = oracle;
    this.#table = table;
  }

  /** An account's next version. */
  sawAccount(before: Account | undefined, after: Account): void {
    for (const [feature, list] of after.counters) {
      for (const counter of list) {
        const { interval, periodStart, limit } = counter;
        const old = before?.counters
          .get(feature)
          ?.find((other) => other.interval === interval && other.periodStart === periodStart);
        const [from, to] = [rankOf(old), rankOf(counter)];
        const level = LEVELS[LEVELS.length - to]?.[0];
        if (level === undefined || limit === 0) continue;
        const { pk, sk } = alertKey(after.userId, periodStart, feature, interval, level);
        this.#reached.add(`${pk} ${sk} v${after.version}`);
        if (to > from) this.#due.add(`${pk} ${sk}`);
      }
    }
    this.#close(before, after);
  }

  /** Periods that were closed with something used in them. */
  #close(before: Account | undefined, after: Account): void {
    for (const [feature, list] of before?.counters ?? []) {
      for (const { interval, periodStart, used } of list) {
        const next = after.counters.get(feature)?.find((other) => other.interval === interval);
        if (used > 0 && next && next.periodStart > periodStart)
          this.#closed.add(closingOf(after.userId, feature, interval, periodStart));
      }
    }
  }

  heard(event: ServiceEvent): void {
    const { type, detail } = event;
    if (type === EVENTS.reset) {
      const { userId, type: feature, interval, periodStart } = detail as Told; // it says the same of its period
      this.#toldClosed.add(closingOf(userId, feature, interval, Date.parse(periodStart)));
      return;
    }
    this.#judge(detail as Told);
    this.#heard.add(nameOf(detail as Told));
  }

  noticed(detail: object): void {
    this.#judge(detail as Told); // of alerts alone
    this.#noticed.add(nameOf(detail as Told));
  }

  #judge({ id, version, news, raisedAt, ...told }: Told): void {
    const { pk, sk } = alertKey(
      told.userId,
      Date.parse(told.periodStart),
      told.type,
      told.interval,
      told.level,
    );
    const key = `${pk} ${sk}`;
    if (!this.#reached.has(`${key} v${version}`))
      this.#say(`${key} was told, and version ${version} is not there`);
    const item = this.#table().get({ pk, sk });
    const isGauge = told.interval === 'never';
    if (!item || (idOf(item) !== id && !isGauge)) this.#say(`${key} was told as ${id}, which has no record`);
    if (news !== 'raised') return;
    const ids = (this.#raised.get(key) ?? new Map<string, number>()).set(id, Date.parse(raisedAt));
    this.#raised.set(key, ids);
    const moments = [...ids.values()].sort((a, b) => a - b);
    const isTooSoon = moments.some(
      (at, index) => index > 0 && (!isGauge || at - (moments[index - 1] ?? 0) < DAY_MS),
    );
    if (isTooSoon) this.#say(`${key} was raised twice`);
  }

  /** What is no longer to be told was told, to both. */
  saw({ key, before, after }: Written): void {
    if (!key.sk.startsWith(ALERT_PREFIX) || !before || !after || idOf(before) !== idOf(after)) return;
    const [old, left] = [before.untold, after.untold];
    for (const news of isSet(old) ? old : []) {
      const name = `${idOf(before)} ${news}`;
      const isOpen = isSet(left) && left.has(news);
      if (!isOpen && !(this.#heard.has(name) && this.#noticed.has(name)))
        this.#say(`${key.pk} ${key.sk}: ${news} counts as told, and was not`);
    }
  }

  /** Once everything has come to rest. */
  judgeAtRest(userId: string): void {
    const { pk } = alertKey(userId, 0, '', '', '');
    const alerts = this.#table()
      .partition(pk)
      .filter(({ sk }) => String(sk).startsWith(ALERT_PREFIX));
    const standing = new Map(alerts.map((alert) => [`${pk} ${alert.sk}`, alert]));
    for (const key of this.#due) {
      const name = `${idOf(standing.get(key))} raised`;
      if (!key.startsWith(`${pk} `)) continue;
      if (!standing.has(key)) this.#say(`${key} was never raised`);
      else if (!this.#heard.has(name) || !this.#noticed.has(name)) this.#say(`${key} was never told`);
    }
    for (const [key, { untold }] of standing) {
      if (!this.#due.has(key)) this.#say(`${key} was raised, and not reached`);
      if (untold !== undefined) this.#say(`${key} is still to be told`);
    }
    for (const closing of this.#closed)
      if (!this.#toldClosed.has(closing)) this.#say(`nobody heard that ${closing} was over`);
  }

  #say(text: string): void {
    this.#oracle.say('once told', text);
  }
}

/** 0 below every level, up to 3. */
function rankOf(counter: Counter | undefined): number {
  const { limit = 0, used = 0 } = counter ?? {};
  if (limit === null || limit <= 0) return 0;
  const index = LEVELS.findIndex(([, percent]) => used * 100 >= percent * limit);
  return index < 0 ? 0 : LEVELS.length - index;
}

function idOf(item: AttributeMap | undefined): string {
  return String((item?.alert as AttributeMap | undefined)?.id); // written by one store alone
}

function nameOf({ id, news }: Told): string {
  return `${id} ${news}`;
}

function closingOf(userId: string, feature: string, interval: string, periodStart: number): string {
  return `${userId} ${feature}/${interval} from ${new Date(periodStart).toISOString()}`;
}
