import type { ServiceEvent } from '../../adapters/aws/event-publisher.ts';
import type { AlertStore } from '../../adapters/dynamodb/alert-store.ts';
import type { EventOutbox } from '../../adapters/dynamodb/event-outbox.ts';
import type { ItemKey } from '../../adapters/dynamodb/keys.ts';
import type { OutboxIndex, OutboxPage } from '../../adapters/dynamodb/outbox-index.ts';
import {
  type PendingNotification,
  type PublishNotificationsDeps,
  publishNotifications,
} from './publish-notifications.ts';

export interface DrainOutboxDeps extends PublishNotificationsDeps {
  readonly alerts: PublishNotificationsDeps['alerts'] & Pick<AlertStore, 'read' | 'claim'>;
  readonly outbox: PublishNotificationsDeps['outbox'] & Pick<EventOutbox<ServiceEvent>, 'read' | 'drop'>;
  readonly outboxIndex: Pick<OutboxIndex, 'untold'>;
}

export interface DrainCounts {
  readonly told: number;
  readonly untold: number;
}

const PAGE_SIZE = 200;

/**
 * Publishes pending notifications: those that failed, and those of a run that died between raising an alert
 * and publishing it. Stops when a whole page fails or the time is up; the next run continues.
 */
export async function drainOutbox(
  deps: DrainOutboxDeps,
  shard: number,
  mayContinue: () => boolean = () => true,
): Promise<DrainCounts> {
  // Notifications that this run claims and fails to publish are not due again at this instant.
  const now = deps.now();
  let sum: DrainCounts = { told: 0, untold: 0 };
  for (let after: OutboxPage['next']; ; ) {
    const page = await deps.outboxIndex.untold(shard, now, PAGE_SIZE, after);
    const { told, untold } = await publishPage(deps, page);
    sum = { told: sum.told + told, untold: sum.untold + untold };
    const isUnavailable = told === 0 && untold > 0;
    if (!page.next || isUnavailable || !mayContinue()) return sum;
    after = page.next;
  }
}

async function publishPage(deps: DrainOutboxDeps, page: OutboxPage): Promise<DrainCounts> {
  const alerts: PendingNotification[] = [];
  const kept: { key: ItemKey; event: ServiceEvent }[] = [];
  for (const key of page.alerts) alerts.push(...(await leftOf(deps, key)));
  // The newest notification of a counter has to be published last.
  alerts.sort((one, other) => versionOf(one) - versionOf(other));
  for (const key of page.events) {
    const event = await deps.outbox.read(key);
    if (event) kept.push({ key, event });
  }
  const untold = await publishNotifications(deps, alerts, []);
  const accepted = await deps.events.publishAll(kept.map(({ event }) => event));
  const gone = kept.filter((_, index) => accepted[index]);
  for (const { key } of gone) await deps.outbox.drop(key);
  const left = untold + kept.length - gone.length;
  return { told: alerts.length + kept.length - left, untold: left };
}

async function leftOf({ alerts, now }: DrainOutboxDeps, key: ItemKey): Promise<PendingNotification[]> {
  const record = await alerts.read(key);
  if (!record || record.claimedUntil > now() || !(await alerts.claim(record, now()))) return [];
  return [...record.untold].map((news) => ({ record, news }));
}

/** The account version of the rise or the fall. */
function versionOf({ record: { alert, recovery }, news }: PendingNotification): number {
  return news === 'recovered' && recovery ? recovery.version : alert.version;
}
