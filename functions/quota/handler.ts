import { groupHandler } from '../http/handler.ts';
import { preloadRedis } from '../runtime/composition/caches.ts';
import { openTable } from '../runtime/composition/open-table.ts';
import { route as batchConsumeQuota } from './batch-consume.ts';
import { route as checkQuota } from './check.ts';
import { route as checkAndConsumeQuota } from './check-and-consume.ts';
import { route as confirmReservation } from './confirm-reservation.ts';
import { route as consumeQuota } from './consume.ts';
import { route as createReservation } from './create-reservation.ts';
import { route as grantQuota } from './grant.ts';
import { route as releaseQuota } from './release.ts';
import { route as releaseReservation } from './release-reservation.ts';
import { route as resetQuota } from './reset.ts';

preloadRedis();
await openTable();

/** Serves the verbs that change a user's units, and `check`. */
export const handler = groupHandler('quota', {
  batchConsumeQuota,
  checkAndConsumeQuota,
  checkQuota,
  confirmReservation,
  consumeQuota,
  createReservation,
  grantQuota,
  releaseReservation,
  releaseQuota,
  resetQuota,
});
