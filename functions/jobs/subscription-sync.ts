import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { ENTRIES } from '../../shared/contract.ts';
import { type LoneRun, runAlone } from '../../shared/usecases/run-alone.ts';
import { syncSubscriptions } from '../../shared/usecases/sync-subscriptions.ts';
import type { SyncCounts } from '../../shared/usecases/sync-tally.ts';
import { convergeDeps, isStripeConfigured } from '../runtime/billing-composition.ts';
import { runAloneDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';
import { recordSync } from '../runtime/record-stripe.ts';
import { readSyncEvent } from '../schemas/sync-event.ts';

/** Time kept back to finish the batch under way and to save the cursor. */
const RESERVE_MS = 60_000;

type SyncRun = LoneRun<SyncCounts> | { readonly code: 'not_configured' };

/** The sync with Stripe: hourly by the schedule, or invoked with `{"force": true}` or `{"userId": "…"}`. */
async function subscriptionSync(event: unknown, context: Context): Promise<SyncRun> {
  if (!(await isStripeConfigured())) {
    logger.info('not run: Stripe is not configured');
    return { code: 'not_configured' };
  }
  const mayContinue = () => context.getRemainingTimeInMillis() > RESERVE_MS;
  const request = { ...readSyncEvent(event), mayContinue };
  const run = await runAlone(runAloneDeps(), ENTRIES.subscriptionSync, () =>
    syncSubscriptions(convergeDeps(), request),
  );
  if (run.code === 'already_running') logger.info('not run: another run is under way');
  else recordSync(run.value);
  return run;
}

export const handler = middy<unknown, SyncRun>(subscriptionSync).use(injectLambdaContext(logger));
