import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { METRICS } from '../../contract.ts';
import type { Feature } from '../../domain/account.ts';
import { type DateRange, dateOf, endOf, startOf } from '../../domain/date-range.ts';
import type { ExceededCalls } from '../../domain/reports/service-report.ts';

/** Maximum metrics in one CloudWatch request. */
const BATCH_SIZE = 500;
const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

/**
 * Counts of decisions from the functions' metrics: a denied call writes nothing, so no other source has it.
 * CloudWatch has the figures after some minutes and keeps them for 455 days.
 */
export class DeniedCallMetrics {
  readonly #client: Pick<CloudWatchClient, 'send'>;

  readonly #namespace: string;
  readonly #timeZone: string;

  /**
   * @param options.namespace of the functions' metrics
   * @param options.timeZone of days (IANA)
   */
  constructor(
    client: Pick<CloudWatchClient, 'send'>,
    { namespace, timeZone }: { readonly namespace: string; readonly timeZone: string },
  ) {
    this.#client = client;
    this.#namespace = namespace;
    this.#timeZone = timeZone;
  }

  /**
   * Calls that were denied because a limit was reached, by feature and day; days without any are absent.
   * Outside of UTC they are read by the hour, since CloudWatch has only UTC days: a zone with a half-hour
   * offset moves calls around midnight by that much.
   */
  async exceeded(features: readonly Feature[], range: DateRange): Promise<ExceededCalls> {
    const found = new Map<Feature, Map<string, number>>();
    for (let from = 0; from < features.length; from += BATCH_SIZE) {
      await this.#read(features.slice(from, from + BATCH_SIZE), range, found);
    }
    return found;
  }

  async #read(features: readonly Feature[], range: DateRange, found: Map<Feature, Map<string, number>>) {
    for (let NextToken: string | undefined; ; ) {
      const answer = await this.#client.send(
        new GetMetricDataCommand({
          MetricDataQueries: features.map((feature, index) => ({
            Id: `m${index}`,
            ...exceededOf(this.#namespace, feature, this.#timeZone === 'UTC' ? DAY_SECONDS : HOUR_SECONDS),
          })),
          StartTime: new Date(startOf(range.from, this.#timeZone)),
          EndTime: new Date(endOf(range, this.#timeZone)),
          ...(NextToken !== undefined && { NextToken }),
        }),
      );
      for (const { Id = '', Timestamps = [], Values = [] } of answer.MetricDataResults ?? []) {
        if (Timestamps.length === 0) continue;
        const feature = features[Number(Id.slice(1))] ?? '';
        const days = found.get(feature) ?? new Map<string, number>();
        found.set(feature, days);
        for (const [index, at] of Timestamps.entries()) {
          const date = dateOf(at.getTime(), this.#timeZone);
          days.set(date, (days.get(date) ?? 0) + (Values[index] ?? 0));
        }
      }
      NextToken = answer.NextToken;
      if (NextToken === undefined) return;
    }
  }
}

function exceededOf(namespace: string, feature: Feature, periodSeconds: number) {
  const { decision, dimensions } = METRICS;
  const Dimensions = [
    { Name: dimensions.feature, Value: feature },
    { Name: dimensions.outcome, Value: 'exceeded' },
  ];
  const Metric = { Namespace: namespace, MetricName: decision, Dimensions };
  return { MetricStat: { Metric, Period: periodSeconds, Stat: 'Sum' } };
}
