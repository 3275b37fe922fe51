import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS } from '../shared/contract.ts';

export interface ServiceMetricOptions {
  /** @default 'sum' */
  readonly statistic?: string;
  /** @default Duration.minutes(5) */
  readonly period?: Duration;
}

/** The namespace of a stack's metrics: two stages in one account and region have one each. */
export function metricsNamespace(scope: Construct): string {
  return Stack.of(scope).stackName;
}

/** A metric of the service as a whole; `name` from `METRICS`. */
export function serviceMetric(scope: Construct, name: string, options: ServiceMetricOptions = {}): Metric {
  return metricOf(scope, name, { [METRICS.dimensions.service]: METRICS.service }, options);
}

/** A metric of one kind of cached data; `name` from `METRICS.cache`. */
export function cacheMetric(
  scope: Construct,
  name: string,
  kind: string,
  options: ServiceMetricOptions = {},
): Metric {
  return metricOf(scope, name, { [METRICS.dimensions.cache]: kind }, options);
}

function metricOf(
  scope: Construct,
  metricName: string,
  dimensionsMap: Record<string, string>,
  { statistic = 'sum', period = Duration.minutes(5) }: ServiceMetricOptions,
): Metric {
  return new Metric({ namespace: metricsNamespace(scope), metricName, dimensionsMap, statistic, period });
}
