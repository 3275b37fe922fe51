import type { PlanStore } from '../adapters/dynamodb/plan-store.ts';
import {
  type Crossing,
  closedPeriods,
  crossingsOf,
  levelsLeft,
  mayCross,
  usageAlert,
} from '../domain/alert.ts';
import type { AccountChange } from '../domain/rollup.ts';
import { DEFAULT_THRESHOLDS, rankOf, THRESHOLD_BOUNDS, type Thresholds } from '../domain/threshold.ts';
import { resetNews } from './alert-news.ts';
import { raiseAlert, recoverAlerts, type SettleAlertsDeps } from './settle-alerts.ts';
import { type AlertToTell, type TellNewsDeps, tellNews } from './tell-news.ts';

export interface RaiseAlertsDeps extends SettleAlertsDeps, TellNewsDeps {
  readonly alerts: SettleAlertsDeps['alerts'] & TellNewsDeps['alerts'];
  readonly plans: Pick<PlanStore, 'current'>;
}

export interface AlertCounts {
  readonly raised: number;
  /** What could not be told and is left to the monitor. */
  readonly untold: number;
}

/**
 * Raises the alerts that changes give reason for, and takes back those that they end, each once however often the changes
 * come; tells of them, and of the periods that were closed. Costs nothing for a change that crosses nothing.
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
  // In order for one user: a fall after a rise must find what that raised.
  const settled = await Promise.all(
    [...byUser.values()].map(async (crossings) => {
      const toTell: AlertToTell[] = [];
      for (const crossing of crossings) toTell.push(...(await settle(deps, crossing)));
      return toTell;
    }),
  );
  const toTell = settled.flat();
  const untold = await tellNews(deps, toTell, changes.flatMap(closedPeriods).map(resetNews));
  return { raised: toTell.filter(({ news }) => news === 'raised').length, untold };
}

function settle(deps: RaiseAlertsDeps, crossing: Crossing): Promise<AlertToTell[]> {
  const { account, feature, counter, thresholds, from, to, at } = crossing;
  if (to !== undefined && rankOf(to) > rankOf(from)) {
    return raiseAlert(deps, usageAlert(account, feature, counter, to, thresholds, at));
  }
  const { interval, periodStart, used, held, limit } = counter;
  const subject = { userId: account.userId, feature, interval, periodStart };
  const recovery = { used, held, limit, version: account.version, at };
  return recoverAlerts(deps, subject, levelsLeft(from, to), recovery);
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
