import { NOTHING_DONE } from '../../shared/domain/job-run.ts';
import { syncSubscriptions } from '../../shared/usecases/subscriptions/sync-subscriptions.ts';
import { toJobCounts } from '../../shared/usecases/subscriptions/sync-tally.ts';
import { isStripeConfigured } from '../runtime/composition/billing.ts';
import { convergeDeps } from '../runtime/composition/convergence.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import { recordSync } from '../runtime/telemetry/record-stripe.ts';
import { jobHandler } from './job-handler.ts';

/**
 * Finds changes that Stripe's webhooks missed: by its events, by a walk through all subscriptions, or for one
 * user.
 */
export const handler = jobHandler('subscription-sync', async ({ userId, force }, context) => {
  if (!(await isStripeConfigured())) {
    logger.info('nothing to sync: Stripe is not configured');
    // The schedule runs in every deployment; a requested sync must report that it did nothing.
    const isAskedFor = userId !== undefined || force === true;
    const nothingDone = isAskedFor ? 'billing_not_configured' : undefined;
    return { counts: NOTHING_DONE, isComplete: true, nothingDone };
  }
  const synced = await syncSubscriptions(convergeDeps(), { userId, force, ...context });
  recordSync(synced);
  // Failures make the run fail; it was not cut short by time.
  const nothingDone = userId !== undefined && synced.noSubscription > 0 ? 'no_subscription' : undefined;
  return { counts: toJobCounts(synced), isComplete: synced.complete || synced.failed > 0, nothingDone };
});
