import { NOTHING_DONE } from '../../shared/domain/job-run.ts';
import { syncSubscriptions } from '../../shared/usecases/sync-subscriptions.ts';
import { toJobCounts } from '../../shared/usecases/sync-tally.ts';
import { convergeDeps, isStripeConfigured } from '../runtime/billing-composition.ts';
import { jobHandler } from '../runtime/job-handler.ts';
import { logger } from '../runtime/logger.ts';
import { recordSync } from '../runtime/record-stripe.ts';

/** Finds what Stripe's webhooks missed: by its events, by a walk through all subscriptions, or for one user. */
export const handler = jobHandler('subscription-sync', async ({ userId, force }, context) => {
  if (!(await isStripeConfigured())) {
    logger.info('nothing to sync: Stripe is not configured');
    return { counts: NOTHING_DONE, isComplete: true };
  }
  const synced = await syncSubscriptions(convergeDeps(), { userId, force, ...context });
  recordSync(synced);
  // What failed makes the run fail; it is not for want of time.
  return { counts: toJobCounts(synced), isComplete: synced.complete || synced.failed > 0 };
});
