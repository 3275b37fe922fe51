import { METRICS } from '../../../shared/contract.ts';
import type { StripeEvent } from '../../../shared/domain/subscriptions/stripe-event.ts';
import type { Convergence } from '../../../shared/usecases/subscriptions/converge-subscription.ts';
import type { EventOutcome } from '../../../shared/usecases/subscriptions/handle-stripe-event.ts';
import type { SyncCounts } from '../../../shared/usecases/subscriptions/sync-tally.ts';
import { logger } from './logger.ts';
import { publishServiceMetrics } from './metrics.ts';

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
    [OUTCOMES[outcome.code], 1],
    [stripe.unknownPrice, found?.unknownPrices?.length ?? 0],
    [stripe.unknownUser, found?.convergence === 'unknown_user' ? 1 : 0],
    [stripe.nameConflict, found?.isContested ? 1 : 0],
    [stripe.severalSubscriptions, (found?.runningSubscriptions ?? 0) > 1 ? 1 : 0],
  ]);
}

/** Writes one log line and a count for a rejected webhook. */
export function recordRefusedWebhook(code: string, requestId: string): void {
  logger.warn('refused', { code, requestId });
  publishServiceMetrics([[stripe.eventRefused, 1]]);
}

/** Counts an event that could not be handled. Its fault is logged with the answer. */
export function countFailedEvent(): void {
  publishServiceMetrics([[stripe.eventFailed, 1]]);
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
    [stripe.syncChecked, counts.checked],
    [stripe.syncChanged, counts.changed],
    [stripe.syncFailed, counts.failed],
    [stripe.syncDrifted, counts.drifted],
    [stripe.unknownUser, counts.unknownUsers],
    [stripe.unknownPrice, counts.unknownPrices.length],
    [stripe.nameConflict, counts.contested],
    [stripe.severalSubscriptions, counts.severalSubscriptions],
  ]);
}
