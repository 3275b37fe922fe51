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
  /** What could not be told and is left to the monitor. */
  readonly untold: number;
}

/**
 * Raises an alert for every rise of a level and notes its recovery at a fall, each once however often the changes are
 * delivered; publishes both, and the periods that were closed. Costs nothing for a change that crosses no level.
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
  // In order for one user: a fall must find the alert of the rise before it.
  const settled = await Promise.all(
    [...byUser.values()].map(async (crossings) => {
      const toTell: PendingNotification[] = [];
      for (const crossing of crossings) toTell.push(...(await settle(deps, crossing)));
      return toTell;
    }),
  );
  const toTell = settled.flat();
  const untold = await publishNotifications(deps, toTell, changes.flatMap(closedPeriods).map(resetMessage));
  return { raised: toTell.filter(({ news }) => news === 'raised').length, untold };
}

function settle(deps: RaiseAlertsDeps, crossing: Crossing): Promise<PendingNotification[]> {
  const { account, feature, counter, before, thresholds, from, to, at, isResumed } = crossing;
  const of = { account, feature, counter, thresholds, at };
  if (isResumed) return fallTo(deps, { ...of, level: to }, levelsLeft('exhausted', to));
  if (to !== undefined && rankOf(to) > rankOf(from)) return raiseLevel(deps, { ...of, level: to }, before);
  return fallTo(deps, { ...of, level: to }, levelsLeft(from, to));
}

/** The thresholds of all plans that the changes name, at most moments old. */
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
