import type { AlertRecord, AlertStore, NotificationKind } from '../../adapters/dynamodb/alert-store.ts';
import type { Account, Counter, Feature } from '../../domain/account.ts';
import { type Alert, type AlertLevel, type Recovery, usageAlert } from '../../domain/alert.ts';
import type { Thresholds, UsageLevel } from '../../domain/threshold.ts';
import type { PendingNotification } from './publish-notifications.ts';

export interface AlertTransitionDeps {
  readonly alerts: Pick<AlertStore, 'raise' | 'recover' | 'claim'>;
  readonly now: () => number;
}

/** The level of a counter in one version of an account. */
export interface CounterLevel {
  readonly account: Account;
  readonly feature: Feature;
  readonly counter: Counter;
  readonly thresholds: Thresholds;
  readonly level: UsageLevel | undefined;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * Raises an alert, unless it is active. Returns the notifications for this run to publish, also those of an
 * earlier run that died after it raised the alert.
 */
export async function raiseAlert(
  deps: AlertTransitionDeps,
  alert: Alert,
  shouldNotify = true,
): Promise<PendingNotification[]> {
  const { code, record } = await deps.alerts.raise(alert, deps.now(), shouldNotify);
  if (code === 'saved') return shouldNotify ? [{ record, news: 'raised' }] : [];
  return record?.alert.id === alert.id ? takeOver(deps, record, 'raised') : [];
}

/**
 * Raises the alert of a level that one change rose to. An active alert of that level from an earlier version
 * shows that the stream missed a fall in between: that recovery is recorded first, so that every rise is
 * published.
 *
 * @param before the counter before the change
 */
export async function raiseLevel(
  deps: AlertTransitionDeps,
  to: CounterLevel & { readonly level: UsageLevel },
  before: Counter | undefined,
): Promise<PendingNotification[]> {
  const { account, feature, counter, level, thresholds, at } = to;
  const alert = usageAlert(account, feature, counter, level, thresholds, at);
  const { code, record } = await deps.alerts.raise(alert, deps.now());
  if (code === 'saved') return [{ record, news: 'raised' }];
  if (record?.alert.id === alert.id) return takeOver(deps, record, 'raised');
  const missesFall = before && record && !record.recovery && record.alert.version < alert.version;
  if (!missesFall) return [];
  const { used, held, limit } = before;
  const missed = { used, held, limit, version: account.version - 1, at };
  await deps.alerts.recover(record.alert, level, missed, false, deps.now());
  return raiseAlert(deps, alert);
}

/**
 * Records that a counter fell, or may have fallen, to a level: alerts of higher levels recover, and the alert
 * of the level itself is active. Returns the notifications for this run to publish: the recovery of the
 * highest level, which names the new level, or, if nothing recovered, the alert of the new level.
 *
 * @param left the levels above, the highest first
 */
export async function fallTo(
  deps: AlertTransitionDeps,
  to: CounterLevel,
  left: readonly UsageLevel[],
): Promise<PendingNotification[]> {
  const { account, feature, counter, level, thresholds, at } = to;
  const { used, held, limit } = counter;
  const recovery = { used, held, limit, version: account.version, at, ...(level && { level }) };
  const { isNoted, pending } = await recoverAll(deps, to, left, recovery);
  if (level === undefined) return pending;
  const alert = usageAlert(account, feature, counter, level, thresholds, at);
  return [...pending, ...(await raiseAlert(deps, alert, !isNoted))];
}

async function recoverAll(
  deps: AlertTransitionDeps,
  { account, feature, counter }: CounterLevel,
  levels: readonly AlertLevel[],
  recovery: Recovery,
): Promise<{ readonly isNoted: boolean; readonly pending: PendingNotification[] }> {
  const { interval, periodStart } = counter;
  const subject = { userId: account.userId, feature, interval, periodStart };
  const pending: PendingNotification[] = [];
  let isNoted = false;
  for (const level of levels) {
    const { code, record } = await deps.alerts.recover(subject, level, recovery, !isNoted, deps.now());
    if (code === 'saved' && !isNoted) pending.push({ record, news: 'recovered' });
    // The change is known: from a batch that died, or that is in progress.
    const isKnown = code === 'unchanged' && record?.recovery?.version === recovery.version;
    if (isKnown && !isNoted) pending.push(...(await takeOver(deps, record, 'recovered')));
    isNoted ||= code === 'saved' || isKnown;
  }
  return { isNoted, pending };
}

/** Claims a pending notification, unless another sender's claim is valid. */
async function takeOver(
  deps: AlertTransitionDeps,
  record: AlertRecord,
  news: NotificationKind,
): Promise<PendingNotification[]> {
  const now = deps.now();
  if (!record.untold.has(news) || record.claimedUntil > now) return [];
  return (await deps.alerts.claim(record, now)) ? [{ record, news }] : [];
}
