import { METRICS } from '../../../shared/contract.ts';
import type { CanaryOutcome } from '../../../shared/usecases/canary/run-canary.ts';
import { logger } from './logger.ts';
import { publishServiceMetrics } from './metrics.ts';

const { canary } = METRICS;

/** Writes one log line and the metrics of a run; one that was too early counts as neither. */
export function recordCanary(outcome: CanaryOutcome): void {
  const { code, ...details } = outcome;
  if (outcome.code === 'succeeded') {
    publishServiceMetrics(
      [
        [canary.succeeded, 1],
        [canary.latencyMs, outcome.consumeMs],
      ],
      { level: 'INFO', message: 'canary', ...details },
    );
    return;
  }
  if (outcome.code === 'too_early') {
    logger.info('canary too early: its deployment is under way', details);
    return;
  }
  logger.error('canary failed', details);
  publishServiceMetrics([[canary.succeeded, 0]]);
}

/** Counts as a run that succeeded, at a deployment: an end of the runs is then noticed from the first on. */
export function recordCanaryDeployment(): void {
  publishServiceMetrics([[canary.succeeded, 1]]);
}
