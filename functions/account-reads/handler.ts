import { groupHandler } from '../http/handler.ts';
import { preloadRedis } from '../runtime/composition/caches.ts';
import { openTable } from '../runtime/composition/open-table.ts';
import { route as getUserAlerts } from './get-alerts.ts';
import { route as getUserPayments } from './get-payments.ts';
import { route as getPlan } from './get-plan.ts';
import { route as getPlanVersion } from './get-plan-version.ts';
import { route as getUserQuota } from './get-quota.ts';
import { route as getUserSubscription } from './get-subscription.ts';
import { route as getSubscriptionHistory } from './get-subscription-history.ts';
import { route as getUserUsage } from './get-usage.ts';
import { route as listPlanVersions } from './list-plan-versions.ts';
import { route as listPlans } from './list-plans.ts';

preloadRedis();
await openTable();

/** Serves what callers read: users' quotas, usage, subscriptions and alerts, and plans. */
export const handler = groupHandler('account-reads', {
  getUserAlerts,
  getUserPayments,
  getPlanVersion,
  getPlan,
  getUserQuota,
  getSubscriptionHistory,
  getUserSubscription,
  getUserUsage,
  listPlanVersions,
  listPlans,
});
