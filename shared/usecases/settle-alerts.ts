import type { AlertRecord, AlertStore, News } from '../adapters/dynamodb/alert-store.ts';
import type { Alert, AlertLevel, AlertSubject, Recovery } from '../domain/alert.ts';
import type { AlertToTell } from './tell-news.ts';

export interface SettleAlertsDeps {
  readonly alerts: Pick<AlertStore, 'raise' | 'recover' | 'claim'>;
  readonly now: () => number;
}

/** Raises an alert, unless it stands. Returns what this run is to tell of it: also where one died between both. */
export async function raiseAlert(deps: SettleAlertsDeps, alert: Alert): Promise<AlertToTell[]> {
  const { code, record } = await deps.alerts.raise(alert, deps.now());
  if (code === 'saved') return [{ record, news: 'raised' }];
  return record?.alert.id === alert.id ? takeOver(deps, record, 'raised') : [];
}

/**
 * Notes that alerts recovered, the highest level first. Returns what this run is to tell: of the highest alone, since the
 * others say nothing new.
 */
export async function recoverAlerts(
  deps: SettleAlertsDeps,
  subject: AlertSubject,
  levels: readonly AlertLevel[],
  recovery: Recovery,
): Promise<AlertToTell[]> {
  const toTell: AlertToTell[] = [];
  let isTold = false;
  for (const level of levels) {
    const { code, record } = await deps.alerts.recover(subject, level, recovery, !isTold, deps.now());
    if (code === 'saved' && !isTold) toTell.push({ record, news: 'recovered' });
    // This change was seen before: by a batch that died, or that is under way.
    const isKnown = code === 'standing' && record?.recovery?.version === recovery.version;
    if (isKnown && !isTold) toTell.push(...(await takeOver(deps, record, 'recovered')));
    isTold ||= code === 'saved' || isKnown;
  }
  return toTell;
}

/** What is left untold, where nobody else is at it any more. */
async function takeOver(deps: SettleAlertsDeps, record: AlertRecord, news: News): Promise<AlertToTell[]> {
  const now = deps.now();
  if (!record.untold.has(news) || record.claimedUntil > now) return [];
  return (await deps.alerts.claim(record, now)) ? [{ record, news }] : [];
}
