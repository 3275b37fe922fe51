import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { METRICS } from '../../contract.ts';
import type { Feature } from '../../domain/account.ts';
import { type DateRange, dateOf, endOf } from '../../domain/date-range.ts';
import type { ExceededCalls } from '../../domain/service-report.ts';

/** How many metrics CloudWatch takes in one request. */
const BATCH_SIZE = 500;
const DAY_SECONDS = 86_400;

/**
 * What became of decisions, as the functions' metrics count it: a call that is denied writes nothing, so nowhere else is
 * it known. CloudWatch has the figures after some minutes and keeps them for 455 days.
 */
export class DecisionFigures {
  readonly #client: Pick<CloudWatchClient, 'send'>;

  constructor(client: Pick<CloudWatchClient, 'send'>) {
    this.#client = client;
  }

  /** Calls that were denied because a limit was reached, by feature and UTC day; days without any are absent. */
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
          MetricDataQueries: features.map((feature, index) => ({ Id: `m${index}`, ...exceededOf(feature) })),
          StartTime: new Date(range.from),
          EndTime: new Date(endOf(range)),
          ...(NextToken !== undefined && { NextToken }),
        }),
      );
      for (const { Id = '', Timestamps = [], Values = [] } of answer.MetricDataResults ?? []) {
        if (Timestamps.length === 0) continue;
        const feature = features[Number(Id.slice(1))] ?? '';
        const days = found.get(feature) ?? new Map<string, number>();
        found.set(feature, days);
        for (const [index, at] of Timestamps.entries()) days.set(dateOf(at.getTime()), Values[index] ?? 0);
      }
      NextToken = answer.NextToken;
      if (NextToken === undefined) return;
    }
  }
}

function exceededOf(feature: Feature) {
  const { namespace, decision, dimensions } = METRICS;
  const Dimensions = [
    { Name: dimensions.feature, Value: feature },
    { Name: dimensions.outcome, Value: 'exceeded' },
  ];
  const Metric = { Namespace: namespace, MetricName: decision, Dimensions };
  return { MetricStat: { Metric, Period: DAY_SECONDS, Stat: 'Sum' } };
}
