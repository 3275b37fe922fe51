import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../shared/contract.ts';

export interface ServiceMetricOptions {
  /** @default 'sum' */
  readonly statistic?: string;
  /** @default Duration.minutes(5) */
  readonly period?: Duration;
}

/** A metric of the service as a whole; `name` from `METRICS`. */
export function serviceMetric(name: string, options: ServiceMetricOptions = {}): Metric {
  return metricOf(name, { [METRICS.dimensions.service]: METRICS.service }, options);
}

/** A metric of one kind of cached data; `name` from `METRICS.cache`. */
export function cacheMetric(name: string, kind: string, options: ServiceMetricOptions = {}): Metric {
  return metricOf(name, { [METRICS.dimensions.cache]: kind }, options);
}

function metricOf(
  metricName: string,
  dimensionsMap: Record<string, string>,
  { statistic = 'sum', period = Duration.minutes(5) }: ServiceMetricOptions,
): Metric {
  return new Metric({ namespace: METRICS.namespace, metricName, dimensionsMap, statistic, period });
}
