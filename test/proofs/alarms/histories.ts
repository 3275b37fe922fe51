import type { AlarmMetric, History, Sample } from './watched-alarm.ts';

export const HOUR = 60;
export const DAY = 24 * HOUR;

interface Repetition {
  readonly value?: number;
  readonly from?: number;
  readonly to?: number;
}

/** One sample, at a minute. */
export const once = (at: number, value = 1): Sample[] => [{ at, value }];

/** A sample at a given interval in minutes. */
export function every(minutes: number, { value = 1, from = 2, to = 30 * DAY }: Repetition = {}): Sample[] {
  const count = Math.max(0, Math.ceil((to - from) / minutes));
  return Array.from({ length: count }, (_, index) => ({ at: from + index * minutes, value }));
}

/**
 * A history from samples by the name of the metric. Metrics of an index are published only with `<name> of
 * <index>`; others that it does not name are never published.
 */
export function published(samples: Readonly<Record<string, readonly Sample[]>>): History {
  return (metric) => samples[keyOf(metric)] ?? [];
}

/** Nothing is published: no request, no fault, and no job before its first schedule. */
export const NOTHING: History = () => [];

function keyOf({ MetricName, Dimensions = [] }: AlarmMetric): string {
  const index = Dimensions.find(({ Name }) => Name === 'GlobalSecondaryIndexName');
  return index ? `${MetricName} of ${String(index.Value)}` : MetricName;
}
