import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ENV, METRICS } from '../../shared/contract.ts';
import { env } from './env.ts';

/** One per environment. Its dimensions are feature and outcome: no `service`, and never a user. */
export const metrics =
  /* @__PURE__ so that a function which counts nothing does not carry it */ createMetrics();

function createMetrics(): Metrics {
  const created = new Metrics({
    namespace: env[ENV.metricsNamespace],
    serviceName: env[ENV.serviceName],
  });
  created.clearDefaultDimensions();
  return created;
}

export interface FeatureDecision {
  readonly feature: string;
  readonly outcome: string;
  readonly amount: number;
  readonly latencyMs: number;
}

/**
 * Writes one embedded metric document per feature, at once: the dimensions of a document belong to all its figures,
 * so a decision on several features needs as many documents.
 */
export function countDecision({ feature, outcome, amount, latencyMs }: FeatureDecision): void {
  metrics
    .addDimension(METRICS.dimensions.feature, feature)
    .addDimension(METRICS.dimensions.outcome, outcome)
    .addMetric(METRICS.decision, MetricUnit.Count, 1)
    .addMetric(METRICS.units, MetricUnit.Count, amount)
    .addMetric(METRICS.decisionLatencyMs, MetricUnit.Milliseconds, latencyMs)
    .publishStoredMetrics();
}

/** Writes how much of a limit is used, in percent: as a figure of the feature, and of the service as a whole. */
export function countUsage(feature: string, percent: number): void {
  metrics
    .addDimension(METRICS.dimensions.service, METRICS.service)
    .addDimensions({ [METRICS.dimensions.feature]: feature })
    .addMetric(METRICS.usagePercent, MetricUnit.Percent, percent)
    .publishStoredMetrics();
}
