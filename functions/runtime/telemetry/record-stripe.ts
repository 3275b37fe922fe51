import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../../../shared/contract.ts';
import type { StripeEvent } from '../../../shared/domain/subscriptions/stripe-event.ts';
import type { Convergence } from '../../../shared/usecases/subscriptions/converge-subscription.ts';
import type { EventOutcome } from '../../../shared/usecases/subscriptions/handle-stripe-event.ts';
import type { SyncCounts } from '../../../shared/usecases/subscriptions/sync-tally.ts';
import { logger } from './logger.ts';
import { publishServiceMetrics } from './service-metrics.ts';

const { stripe } = METRICS;
const OUTCOMES = {
  handled: stripe.eventHandled,
  repeated: stripe.eventRepeated,
  ignored: stripe.eventIgnored,
} as const;

/** Writes one log line and the metrics of a Stripe event: its id and type, never its content. */
export function recordStripeEvent(
  { id, type }: StripeEvent,
  outcome: EventOutcome,
  requestId: string | undefined,
): void {
  const found = outcome.code === 'handled' ? foundIn(outcome.convergence) : undefined;
  logger.info('stripe event', { event: id, type, outcome: outcome.code, ...found, requestId });
  publishServiceMetrics([
    [OUTCOMES[outcome.code], MetricUnit.Count, 1],
    [stripe.unknownPrice, MetricUnit.Count, found?.unknownPrices?.length ?? 0],
    [stripe.unknownUser, MetricUnit.Count, found?.convergence === 'unknown_user' ? 1 : 0],
    [stripe.nameConflict, MetricUnit.Count, found?.isContested ? 1 : 0],
    [stripe.severalSubscriptions, MetricUnit.Count, (found?.runningSubscriptions ?? 0) > 1 ? 1 : 0],
  ]);
}

/** Writes one log line and a count for a rejected webhook. */
export function recordRefusedWebhook(code: string, requestId: string): void {
  logger.warn('refused', { code, requestId });
  publishServiceMetrics([[stripe.eventRefused, MetricUnit.Count, 1]]);
}

/** Counts an event that could not be handled. Its fault is logged with the answer. */
export function countFailedEvent(): void {
  publishServiceMetrics([[stripe.eventFailed, MetricUnit.Count, 1]]);
}

function foundIn(convergence: Convergence) {
  return {
    convergence: convergence.code,
    ...('userId' in convergence && { userId: convergence.userId }),
    ...('unknownPrices' in convergence && { unknownPrices: convergence.unknownPrices }),
    ...(convergence.isContested && { isContested: true }),
    ...(convergence.code === 'converged' && {
      runningSubscriptions: convergence.subscription.runningSubscriptions,
    }),
  };
}

/** Writes one log line and the metrics of a run of the sync. */
export function recordSync(counts: SyncCounts): void {
  logger.info('synced', { ...counts });
  publishServiceMetrics([
    [stripe.syncChecked, MetricUnit.Count, counts.checked],
    [stripe.syncChanged, MetricUnit.Count, counts.changed],
    [stripe.syncFailed, MetricUnit.Count, counts.failed],
    [stripe.syncDrifted, MetricUnit.Count, counts.drifted],
    [stripe.unknownUser, MetricUnit.Count, counts.unknownUsers],
    [stripe.unknownPrice, MetricUnit.Count, counts.unknownPrices.length],
    [stripe.nameConflict, MetricUnit.Count, counts.contested],
    [stripe.severalSubscriptions, MetricUnit.Count, counts.severalSubscriptions],
  ]);
}
