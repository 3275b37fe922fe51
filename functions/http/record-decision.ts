import { logger } from '../runtime/telemetry/logger.ts';
import { countDecision, countUse } from '../runtime/telemetry/metrics.ts';
import type { DecisionRecord } from './reply.ts';

/** Metric dimension of features that the account does not have; no feature can have this name. */
const NO_SUCH_FEATURE = '(unknown)';

/** Records a decision: one log line, and the metrics of each feature. */
export function recordDecision(
  decision: DecisionRecord,
  { operation, durationMs, requestId }: { operation: string; durationMs: number; requestId: string },
): void {
  const { userId, outcome, operationId, features, isCounted } = decision;
  const [first, ...others] = features.map(({ type, amount, remaining }) => ({ type, amount, remaining }));
  logger.info('decision', {
    operation,
    userId,
    ...(others.length === 0 ? first : { items: [first, ...others] }),
    durationMs,
    code: outcome,
    operationId,
    requestId,
  });
  if (!isCounted) return;
  for (const { type, amount, isKnown, usagePercent } of features) {
    countDecision({ feature: isKnown ? type : NO_SUCH_FEATURE, outcome, amount, latencyMs: durationMs });
    if (operationId !== null) countUse({ feature: type, isReplay: outcome === 'replayed', usagePercent });
  }
}
