import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ENV, METRICS } from '../../../shared/contract.ts';
import { env } from '../env.ts';

/** One per environment. Its dimensions are feature and outcome: no `service`, and never a user. */
export const metrics = /* @__PURE__ so that bundles without metrics leave it out */ createMetrics();

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
 * Publishes one embedded metric document per feature: the dimensions of a document apply to all its metrics, so a decision on several
 * features needs several documents.
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

export interface FeatureUse {
  readonly feature: string;
  /** Whether the operation was accepted before. */
  readonly isReplay: boolean;
  /** Used share of the limit, in percent; `null`: there is no limit. */
  readonly usagePercent: number | null;
}

/** Publishes an accepted use: as metrics of the feature, and of the service as a whole. */
export function countUse({ feature, isReplay, usagePercent }: FeatureUse): void {
  if (isReplay && usagePercent === null) return;
  metrics
    .addDimension(METRICS.dimensions.service, METRICS.service)
    .addDimensions({ [METRICS.dimensions.feature]: feature });
  if (!isReplay) metrics.addMetric(METRICS.accepted, MetricUnit.Count, 1);
  if (usagePercent !== null) metrics.addMetric(METRICS.usagePercent, MetricUnit.Percent, usagePercent);
  metrics.publishStoredMetrics();
}
