import { z } from 'zod';
import type { AwsCall } from './aws-endpoint.ts';

const Document = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});

const GetMetricData = z.object({
  StartTime: z.number(),
  EndTime: z.number(),
  MetricDataQueries: z.array(
    z.object({
      Id: z.string(),
      MetricStat: z.object({
        Metric: z.object({
          Namespace: z.string(),
          MetricName: z.string(),
          Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
        }),
        Period: z.number(),
        Stat: z.literal('Sum'),
      }),
    }),
  ),
});

const HOUR_SECONDS = 3_600;

/**
 * The part of CloudWatch that this stack uses: hourly sums of the metrics that functions print in the
 * embedded metric format.
 */
export class MetricStore {
  readonly #sums = new Map<string, Map<number, number>>();

  /** Adds the metrics of a line that a function printed; most lines have none. */
  take(line: string): void {
    if (!line.includes('"_aws"')) return;
    const read = Document.safeParse(parsed(line));
    if (!read.success) return;
    const { _aws, ...values } = read.data;
    const hour = Math.floor(_aws.Timestamp / 1_000 / HOUR_SECONDS) * HOUR_SECONDS;
    for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
      for (const names of Dimensions) {
        for (const { Name } of Metrics) {
          const dimensions = names.map((name) => ({ Name: name, Value: String(values[name]) }));
          this.#add(keyOf(Namespace, Name, dimensions), hour, total(values[Name]));
        }
      }
    }
  }

  /** Serves GetMetricData for sums of whole hours. */
  readonly serve = ({ operation, input }: AwsCall): unknown => {
    if (operation !== 'GetMetricData') return undefined;
    const { StartTime, EndTime, MetricDataQueries } = GetMetricData.parse(input);
    const results = MetricDataQueries.map(({ Id, MetricStat: { Metric, Period } }) => {
      const sums = new Map<number, number>();
      const hours = this.#sums.get(keyOf(Metric.Namespace, Metric.MetricName, Metric.Dimensions)) ?? [];
      for (const [hour, sum] of hours) {
        if (hour < StartTime || hour >= EndTime) continue;
        const start = Math.floor(hour / Period) * Period;
        sums.set(start, (sums.get(start) ?? 0) + sum);
      }
      return { Id, StatusCode: 'Complete', Timestamps: [...sums.keys()], Values: [...sums.values()] };
    });
    return { MetricDataResults: results, Messages: [] };
  };

  #add(key: string, hour: number, value: number): void {
    const hours = this.#sums.get(key) ?? new Map<number, number>();
    this.#sums.set(key, hours);
    hours.set(hour, (hours.get(hour) ?? 0) + value);
  }
}

function keyOf(
  namespace: string,
  name: string,
  dimensions: readonly { readonly Name: string; readonly Value: string }[],
): string {
  const sorted = [...dimensions].sort((a, b) => (a.Name < b.Name ? -1 : 1));
  return JSON.stringify([namespace, name, sorted.map(({ Name, Value }) => [Name, Value])]);
}

/** A metric with several values is a list. */
function total(value: unknown): number {
  return [value].flat().reduce<number>((sum, one) => sum + Number(one), 0);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
