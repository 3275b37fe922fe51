import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';
import { EventPublisher, type ServiceEvent } from '../../../shared/adapters/aws/event-publisher.ts';
import { NoticePublisher } from '../../../shared/adapters/aws/notice-publisher.ts';
import { QUOTA_CACHE, USAGE_CACHE } from '../../../shared/adapters/cache/cache-kinds.ts';
import { VersionedCache } from '../../../shared/adapters/cache/versioned-cache.ts';
import { AlertStore } from '../../../shared/adapters/dynamodb/alert-store.ts';
import { DueIndex } from '../../../shared/adapters/dynamodb/due-index.ts';
import { EventOutbox } from '../../../shared/adapters/dynamodb/event-outbox.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import { OutboxIndex } from '../../../shared/adapters/dynamodb/outbox-index.ts';
import { TopIndex } from '../../../shared/adapters/dynamodb/top-index.ts';
import { keepAliveAgents } from '../../../shared/adapters/http/keep-alive.ts';
import { ENV } from '../../../shared/contract.ts';
import { readEventEnv, readNoticeEnv } from '../env.ts';
import { cacheAdminDeps, patientCacheDeps, usageDeps } from './caches.ts';
import { once, reportTimeZone, table } from './core.ts';

/** The part of the composition root that publishes events and notices. */

/** Short timeouts: the caller is a webhook that Stripe waits for, or the stream. */
const CLIENT = {
  requestHandler: { requestTimeout: 2_000, throwOnRequestTimeout: true, ...keepAliveAgents() },
  maxAttempts: 2,
};

/** Dependencies of the projector. No request waits for it, so its calls to Redis have more time. */
export function projectorDeps() {
  return once('projectorDeps', () => ({
    ...usageDeps(),
    ...notificationDeps(),
    ledger: new LedgerStore(table()),
    quotaCache: new VersionedCache(patientCacheDeps(), QUOTA_CACHE),
    usageCache: new VersionedCache(patientCacheDeps(), USAGE_CACHE),
  }));
}

/** Dependencies of the hourly monitor. */
export function monitorDeps() {
  return once('monitorDeps', () => ({
    ...usageDeps(),
    ...notificationDeps(),
    planCatalogue: cacheAdminDeps().planCatalogue,
    topIndex: new TopIndex(table()),
    dueIndex: new DueIndex(table()),
    outboxIndex: new OutboxIndex(table()),
  }));
}

function notificationDeps() {
  return once('notificationDeps', () => ({
    alerts: alertStore(),
    outbox: new EventOutbox<ServiceEvent>(table()),
    events: eventPublisher(),
    notices: new NoticePublisher(new SNSClient(CLIENT), readNoticeEnv()[ENV.alertTopicArn]),
  }));
}

export function eventPublisher(): EventPublisher {
  return once(
    'eventPublisher',
    () => new EventPublisher(new EventBridgeClient(CLIENT), readEventEnv()[ENV.eventBusName]),
  );
}

/** Reads alerts. */
export function alertDeps() {
  return once('alertDeps', () => ({ alerts: alertStore() }));
}

function alertStore(): AlertStore {
  return once('alertStore', () => new AlertStore(table(), reportTimeZone()));
}
