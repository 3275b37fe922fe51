import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import { type Crossing, closedPeriods, crossingsOf, levelsLeft, mayCross } from '../../domain/alert.ts';
import type { AccountChange } from '../../domain/rollup.ts';
import { DEFAULT_THRESHOLDS, rankOf, THRESHOLD_BOUNDS, type Thresholds } from '../../domain/threshold.ts';
import { resetMessage } from './alert-messages.ts';
import { type AlertTransitionDeps, fallTo, raiseLevel } from './alert-transitions.ts';
import {
  type PendingNotification,
  type PublishNotificationsDeps,
  publishNotifications,
} from './publish-notifications.ts';

export interface RaiseAlertsDeps extends AlertTransitionDeps, PublishNotificationsDeps {
  readonly alerts: AlertTransitionDeps['alerts'] & PublishNotificationsDeps['alerts'];
  readonly plans: Pick<PlanStore, 'current'>;
}

export interface AlertCounts {
  readonly raised: number;
  /** Notifications that failed and are left to the monitor. */
  readonly untold: number;
}

/**
 * Raises and recovers usage alerts for a batch of changes, and publishes them.
 *
 * ```
 * changes ─▶ near a limit? ─▶ crossings ─▶ rise: raise ───▶ claim ─▶ publish ─▶ mark as published
 *                                       └▶ fall: recover ──┘              └▶ fails: left to the monitor
 * ```
 *
 * Invariants:
 * - Each rise and each fall is recorded once, however often the changes are delivered: every write is
 *   conditional.
 * - Changes of one user are processed in order, so that a fall finds the alert of the rise before it.
 * - A change that crosses no level costs no read or write.
 *
 * @param changes in the order of the stream
 */
export async function raiseAlerts(
  deps: RaiseAlertsDeps,
  changes: readonly AccountChange[],
): Promise<AlertCounts> {
  const near = changes.filter((change) => mayCross(change, THRESHOLD_BOUNDS.least));
  const thresholdsOf = await readThresholds(deps, near);
  const byUser = Map.groupBy(
    near.flatMap((change) => crossingsOf(change, thresholdsOf)),
    ({ account }) => account.userId,
  );
  // Sequential for each user: a fall has to find the alert of the rise before it.
  const settled = await Promise.all(
    [...byUser.values()].map(async (crossings) => {
      const pending: PendingNotification[] = [];
      for (const crossing of crossings) pending.push(...(await settle(deps, crossing)));
      return pending;
    }),
  );
  const pending = settled.flat();
  const untold = await publishNotifications(deps, pending, changes.flatMap(closedPeriods).map(resetMessage));
  return { raised: pending.filter(({ news }) => news === 'raised').length, untold };
}

function settle(deps: RaiseAlertsDeps, crossing: Crossing): Promise<PendingNotification[]> {
  const { account, feature, counter, before, thresholds, from, to, at, isResumed } = crossing;
  const of = { account, feature, counter, thresholds, at };
  if (isResumed) return fallTo(deps, { ...of, level: to }, levelsLeft('exhausted', to));
  if (to !== undefined && rankOf(to) > rankOf(from)) return raiseLevel(deps, { ...of, level: to }, before);
  return fallTo(deps, { ...of, level: to }, levelsLeft(from, to));
}

/** Reads the thresholds of all plans in the changes, at most slightly stale. */
async function readThresholds(
  { plans }: Pick<RaiseAlertsDeps, 'plans'>,
  changes: readonly AccountChange[],
): Promise<(planId: string) => Thresholds> {
  const ids = new Set(
    changes.flatMap(({ before, after }) => [before?.plan.id ?? after.plan.id, after.plan.id]),
  );
  const found = new Map<string, Thresholds | undefined>();
  for (const id of ids) found.set(id, (await plans.current(id))?.thresholds);
  return (planId) => found.get(planId) ?? DEFAULT_THRESHOLDS;
}
