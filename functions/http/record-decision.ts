import { isProbe, METRICS } from '../../shared/contract.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import { type Figure, type MetricGroup, publishMetrics } from '../runtime/telemetry/metrics.ts';
import type { DecisionRecord } from './reply.ts';

/** Metric dimension of features that the account does not have; no feature can have this name. */
const NO_SUCH_FEATURE = '(unknown)';

const { dimensions } = METRICS;

/**
 * Records a decision: one log line, which also has the metrics of the first feature; a line of metrics for
 * each further feature. A probe's has no metrics.
 */
export function recordDecision(
  decision: DecisionRecord,
  { operation, durationMs, requestId }: { operation: string; durationMs: number; requestId: string },
): void {
  const { userId, outcome, operationId, features } = decision;
  const isCounted = decision.isCounted && !isProbe(userId);
  const [first, ...others] = features.map(({ type, amount, remaining }) => ({ type, amount, remaining }));
  const record = {
    operation,
    userId,
    ...(others.length === 0 ? first : { items: [first, ...others] }),
    durationMs,
    code: outcome,
    operationId,
    requestId,
  };
  if (!isCounted || features.length === 0) logger.info('decision', record);
  if (!isCounted) return;
  for (const [index, feature] of features.entries()) {
    const line = { level: 'INFO', message: 'decision', ...record };
    publishMetrics(metricsOf(decision, feature, durationMs), index === 0 ? line : {});
  }
}

/**
 * The metrics of a decision on a feature; if it was accepted, also those of its use, by feature and of the
 * service as a whole.
 */
function metricsOf(
  { outcome, operationId }: DecisionRecord,
  { type, amount, isKnown, usagePercent }: DecisionRecord['features'][number],
  durationMs: number,
): MetricGroup[] {
  const feature = isKnown ? type : NO_SUCH_FEATURE;
  const decided: MetricGroup = {
    dimensions: [{ [dimensions.feature]: feature, [dimensions.outcome]: outcome }],
    figures: [
      [METRICS.decision, 1],
      [METRICS.units, amount],
      [METRICS.decisionLatencyMs, durationMs],
    ],
  };
  const used: Figure[] = [
    ...(outcome === 'replayed' ? [] : [[METRICS.accepted, 1] as const]),
    ...(usagePercent === null ? [] : [[METRICS.usagePercent, usagePercent] as const]),
  ];
  if (operationId === null || used.length === 0) return [decided];
  const whole = { [dimensions.service]: METRICS.service };
  return [decided, { dimensions: [whole, { [dimensions.feature]: feature }], figures: used }];
}
