import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { toAccountItem } from '../../../shared/adapters/dynamodb/account-codec.ts';
import { EVENTS } from '../../../shared/contract.ts';
import type { Account } from '../../../shared/domain/account.ts';
import { keyIdOf } from '../../../shared/domain/api-key.ts';
import { newRun } from '../../../shared/domain/job-run.ts';
import { checkpointAfter } from '../../../shared/domain/ledger-checkpoint.ts';
import { DEFAULT_CATALOGUE, type Plan } from '../../../shared/domain/plan.ts';
import type { AccountChange } from '../../../shared/domain/rollup.ts';
import type { Subscription } from '../../../shared/domain/subscriptions/subscription.ts';
import { seedDeployment } from '../../../shared/usecases/keys/seed-deployment.ts';
import { projectChanges } from '../../../shared/usecases/ledger/project-changes.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { grantQuota } from '../../../shared/usecases/quota/grant-quota.ts';
import { release } from '../../../shared/usecases/quota/release.ts';
import { reserve } from '../../../shared/usecases/quota/reserve.ts';
import { resetQuota } from '../../../shared/usecases/quota/reset-quota.ts';
import { settleReservation } from '../../../shared/usecases/quota/settle-reservation.ts';
import { applySubscriptionToAccount } from '../../../shared/usecases/subscriptions/apply-subscription-to-account.ts';
import { sampleAccount, units } from '../../support/sample-account.ts';
import { sampleSubscription } from '../../support/sample-subscription.ts';
import { HISTORY, type HistoryDeps } from './history.ts';

const { user, other, keys, feature, gauge } = HISTORY;
const HOUR_MS = 3_600_000;

/**
 * Writes at least one item of every kind, as the service writes it.
 *
 * @param changes returns the account changes in the table's stream since the last call
 */
export async function storeHistory(
  deps: HistoryDeps,
  changes: () => Promise<readonly AccountChange[]>,
): Promise<void> {
  const project = async () => void (await projectChanges(deps, await changes()));
  await deps.layout.record();
  await storePlansAndKeys(deps);
  await useQuotas(deps);
  await project();
  await alertAgain(deps, project);
  await storeSubscriptions(deps);
  await storeRareAccount(deps);
  await project();
  await storeRuns(deps);
  await storeArchive(deps);
  await deps.outbox.keep(
    { type: EVENTS.reset, detail: { userId: user, feature }, at: deps.now() },
    deps.now(),
  );
  deps.moveTo(HISTORY.endsAt);
  // It closes the periods of January, and is the last one: an entry that the projector has not written yet.
  await consume(deps, { userId: user, amounts: units(3), idempotencyKey: keys.consume });
  await project();
  await reserve(deps, { userId: other, amounts: units(5), idempotencyKey: keys.reserve, ttlSeconds: 3_600 });
  await project();
  await consume(deps, { userId: other, amounts: units(1) });
}

async function storePlansAndKeys(deps: HistoryDeps): Promise<void> {
  const scopes = ['quota', 'read', 'billing', 'admin'];
  await seedDeployment(deps, [{ name: 'adminKey', key: HISTORY.apiKey, scopes }]);
  const keyId = keyIdOf(HISTORY.limitedKey);
  const rateLimit = { requestsPerSecond: 10, burst: 20 };
  await deps.apiKeys.add({
    keyId,
    name: 'limited',
    scopes: ['quota'],
    userId: user,
    rateLimit,
    createdAt: deps.now(),
  });
  await deps.rateBuckets.take(keyId, rateLimit, { wanted: 5, fullAt: 0, now: deps.now() });
  const first: Plan = {
    id: HISTORY.plan,
    version: 1,
    createdAt: deps.now(),
    ...DEFAULT_CATALOGUE.pro,
    name: 'Team',
    allowances: [
      { feature, limit: 1_000, interval: 'month', enforced: true },
      { feature, limit: 50, interval: '5h', enforced: false },
      { feature: gauge, limit: null, interval: 'never', enforced: true },
    ],
    prices: { monthly: HISTORY.price },
  };
  await deps.plans.saveVersion(first);
  await deps.plans.saveVersion({ ...first, version: 2, name: 'Team, renamed' }, first);
}

async function useQuotas(deps: HistoryDeps): Promise<void> {
  await consume(deps, { userId: user, amounts: units(10), idempotencyKey: keys.old });
  const context = { resourceType: 'chat', resourceId: 'chat-1', metadata: { model: 'small', tokens: 7 } };
  await consume(deps, { userId: user, amounts: units(1), context });
  await grantQuota(deps, { userId: user, feature, amount: 20, reason: 'a gift' });
  await consume(deps, { userId: other, amounts: units(4_096, gauge) });
  await release(deps, { userId: other, amounts: units(96, gauge) });
  const { reservationId } = await reserve(deps, { userId: other, amounts: units(9), ttlSeconds: 600 });
  await settleReservation(deps, { userId: other, reservationId, amount: 8 });
}

/** An alert, its recovery by a reset, and the same alert once more. */
async function alertAgain(deps: HistoryDeps, project: () => Promise<void>): Promise<void> {
  for (const amount of [90, 100]) {
    deps.moveTo(deps.now() + HOUR_MS);
    await consume(deps, { userId: user, amounts: units(amount) });
    await project();
    await resetQuota(deps, { userId: user, features: [feature] });
    await project();
  }
}

async function storeSubscriptions(deps: HistoryDeps): Promise<void> {
  const { subscriptions, stripeEvents, now } = deps;
  const saved = (version: number): Subscription => ({
    ...sampleSubscription(version),
    userId: user,
    savedAt: now() + version,
    planId: HISTORY.plan,
    priceId: HISTORY.price,
    customerId: HISTORY.customer,
    subscriptionId: HISTORY.subscription,
  });
  await subscriptions.addCustomer(user, HISTORY.customer);
  await subscriptions.save(saved(1));
  await subscriptions.save(
    { ...saved(2), status: 'PAST_DUE', stripeStatus: 'past_due' },
    await subscriptions.readSaved(user),
  );
  await applySubscriptionToAccount(deps, { ...saved(1), userId: HISTORY.subscriber });
  await consume(deps, { userId: HISTORY.subscriber, amounts: units(2) });
  await subscriptions.noteTrial(user);
  await subscriptions.savePayment(user, {
    id: HISTORY.event,
    at: now(),
    outcome: 'paid',
    invoiceId: 'in_ada',
    subscriptionId: HISTORY.subscription,
    amount: 1_900,
    currency: 'eur',
    attempts: 1,
    invoiceUrl: null,
  });
  await stripeEvents.claim(HISTORY.event, 'webhook', now());
  await stripeEvents.finish(HISTORY.event, now());
  await stripeEvents.saveCursor({ version: 1, eventsBefore: now(), walkedAt: now() });
}

/** As a codec writes it, with attributes that single accounts have. */
async function storeRareAccount({ table, now }: HistoryDeps): Promise<void> {
  const counter = {
    interval: 'billing_cycle',
    limit: 900,
    granted: 30,
    carried: [{ units: 20, until: now() + HOUR_MS }],
    used: 40,
    held: 5,
    excess: '12',
    closed: '9007199254740993',
    remaining: 885,
    lifetime: 41,
    enforced: false,
    periodStart: now(),
    periodEnd: now() + 30 * 24 * HOUR_MS,
  } as const;
  const account: Account = {
    ...sampleAccount([{ feature }], now()),
    userId: HISTORY.rare,
    version: 3,
    status: 'suspended',
    validUntil: now() + 2 * HOUR_MS,
    schedule: { timeZone: 'Europe/Berlin', anchor: now(), billingAnchor: now(), billingMonths: 12 },
    subscriptionVersion: 2,
    isSubscribed: false,
    usedPayments: { periodStart: now(), invoiceIds: ['in_1'], openedAfter: 1 },
    counters: new Map([[feature, [counter, { ...counter, interval: 'week' }]]]),
    holds: new Map([
      [
        'a-hold',
        {
          amounts: units(5),
          expiresAt: now() + HOUR_MS,
          periodEnds: new Map([[feature, new Map([['week', counter.periodEnd] as const])]]),
        },
      ],
    ]),
    dueAt: now() + HOUR_MS,
    change: {
      kind: 'confirm',
      operationId: 'a-confirmation',
      keyed: true,
      fingerprint: 'abcdef',
      at: now(),
      amounts: units(4),
      resourceType: 'chat',
      resourceId: 'chat-1',
      metadata: { model: 'small' },
      reason: 'rare',
      reservationId: 'a-reservation',
      late: [{ feature, interval: 'week', periodEnd: now(), amount: 1 }],
      overdrawn: [{ feature, interval: 'week', amount: 2 }],
    },
  };
  await table.client.send(new PutCommand({ TableName: table.name, Item: { ...toAccountItem(account) } }));
}

async function storeRuns({ jobs, now }: HistoryDeps): Promise<void> {
  const { job, run } = HISTORY;
  for (const userId of [undefined, user]) await jobs.claim({ job, userId, runId: run, holder: 'one' }, now());
  const about = { id: run, job, trigger: { kind: 'schedule', schedule: 'daily' }, options: {} } as const;
  await jobs.begin(newRun('running', about, now()));
  const counts = { processed: 25, failed: 1 };
  const errors = [{ message: 'one failed', userId: user }];
  await jobs.save({
    ...newRun('cut_short', about, now()),
    counts,
    errors,
    checkpoint: 'here',
    endedAt: now(),
  });
}

/** The archive has the beginning of a ledger, and a batch is on its way there. */
async function storeArchive({ ledgerArchive, archiveProgress, now }: HistoryDeps): Promise<void> {
  const { subscriber, run } = HISTORY;
  const entries = await ledgerArchive.after(subscriber, 0, 1);
  const expireAt = now() + 7 * 24 * HOUR_MS;
  await ledgerArchive.saveCheckpoint(checkpointAfter(subscriber, undefined, entries, expireAt));
  const cutoffs = { ledgerBefore: '2039-12-01', usageBefore: '2039-11-01' };
  await archiveProgress.takeOver(run);
  await archiveProgress.begin(run, cutoffs);
  await archiveProgress.complete(run, { ledgerBefore: '2039-11-30' });
  await archiveProgress.plan(run, { id: 'batch-1', keys: ['archive/manifests/batch-1.json'], expireAt });
}
