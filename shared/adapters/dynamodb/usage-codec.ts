import type { Interval } from '../../domain/account.ts';
import type { DayRecord, PeriodRecord, UsageRecord } from '../../domain/archive/usage-record.ts';
import { shownTotal } from '../../domain/count-use.ts';
import { hourlyUse } from '../../domain/rollup.ts';
import { dayUsageKey, type ItemKey, periodUsageKey, usageSeriesOf, userIdOf } from './keys.ts';

/** An hour of the day (0 … 23), and the lifetime total at its end. */
export type HourTotal = readonly [hour: number, lifetime: bigint];

/** Prefix of the attributes with late use; the operation's key follows. */
export const LATE_PREFIX = 'late#';

/** The key of the item that a record was decoded from. */
export function usageKey(record: UsageRecord): ItemKey {
  const { userId, feature } = record;
  return record.kind === 'day'
    ? dayUsageKey(userId, feature, record.date)
    : periodUsageKey(userId, feature, record.interval, record.periodEnd);
}

/** Decodes an item of usage. */
export function fromUsageItem(item: Record<string, unknown>): UsageRecord {
  return usageSeriesOf(String(item.sk)).interval === undefined ? toDay(item) : toPeriod(item);
}

/** The stored totals at the end of a day's hours. */
export function hourTotals(item: Record<string, unknown>): HourTotal[] {
  return Array.from({ length: 24 }, (_, hour) => hour).flatMap((hour): HourTotal[] => {
    const lifetime = item[`h${hour}`];
    return lifetime === undefined ? [] : [[hour, total(lifetime)]];
  });
}

/** A stored total: it may exceed the largest exact number. */
export function total(stored: unknown): bigint {
  return BigInt(stored as number | bigint); // written by the usage store alone
}

function toDay({
  pk,
  sk,
  used = 0,
  start = 0,
  lifetime,
  version,
  ...item
}: Record<string, unknown>): DayRecord {
  const { planId, opening, storedUnits, peak } = item;
  const before = total(start);
  return {
    kind: 'day',
    userId: userIdOf(String(pk)),
    feature: usageSeriesOf(String(sk)).feature,
    date: String(sk).slice(-'yyyy-mm-dd'.length),
    planId: planId === undefined ? null : String(planId),
    used: shownTotal(total(used)),
    lifetime: { start: before, end: total(lifetime ?? start) },
    hours: hourlyUse(before, new Map(hourTotals(item))),
    ...(storedUnits !== undefined && {
      level: { opening: Number(opening), stored: Number(storedUnits), peak: Number(peak) },
    }),
    version: optionalNumber(version),
  };
}

function toPeriod({ pk, sk, used = 0, version, ...item }: Record<string, unknown>): PeriodRecord {
  const { feature, interval } = usageSeriesOf(String(sk));
  const late = Object.entries(item).filter(([name]) => name.startsWith(LATE_PREFIX));
  return {
    kind: 'period',
    userId: userIdOf(String(pk)),
    feature,
    interval: interval as Interval, // the key of a period has one
    periodStart: optionalNumber(item.periodStart) ?? null,
    periodEnd: Date.parse(String(sk).split('#').at(-1) ?? ''),
    used: Number(used),
    limit: optionalNumber(item.quota) ?? null,
    late: new Map(late.map(([name, units]) => [name.slice(LATE_PREFIX.length), Number(units)])),
    version: optionalNumber(version),
  };
}

/** DynamoDB stores an absent limit as `null`. */
function optionalNumber(stored: unknown): number | undefined {
  return stored === undefined || stored === null ? undefined : Number(stored);
}
