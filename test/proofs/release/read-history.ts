import { INDEX } from '../../../shared/contract.ts';
import { keyIdOf } from '../../../shared/domain/api-key.ts';
import { operationKey } from '../../../shared/domain/operation.ts';
import { HISTORY, type HistoryDeps } from './history.ts';

const { user, other, keys, feature, gauge } = HISTORY;
const DAYS = { from: '2040-01-01', to: '2040-02-28' };
const SHARDS = Array.from({ length: INDEX.due.shards }, (_, shard) => shard);

/** Reads all of the history by the stores of the service, as JSON. */
export async function readHistory(deps: HistoryDeps): Promise<Record<string, unknown>> {
  deps.moveTo(HISTORY.endsAt);
  const read = {
    ...(await readUsers(deps)),
    ...(await readIndexes(deps)),
    ...(await readBilling(deps)),
    ...(await readOperator(deps)),
  };
  return JSON.parse(JSON.stringify(read, readable));
}

async function readUsers({ accounts, ledger, ledgerArchive, usage, alerts }: HistoryDeps) {
  return {
    accounts: await accounts.readMany([user, other, HISTORY.subscriber, HISTORY.rare]),
    ledgers: await Promise.all([user, other, HISTORY.subscriber].map((id) => ledger.newest(id, 100))),
    checkpoints: await ledgerArchive.checkpoints([HISTORY.subscriber]),
    records: await ledger.findRecords(user, [operationKey(keys.old), operationKey(keys.consume)]),
    reservation: await ledger.findReservation(other, operationKey(keys.reserve)),
    days: await usage.days(user, feature, DAYS.from, DAYS.to),
    levels: await usage.levels(other, gauge, DAYS),
    alerts: (await alerts.list(user, 100)).items,
  };
}

async function readIndexes({ dueIndex, outboxIndex, topIndex, outbox, now }: HistoryDeps) {
  const everywhere = async <T>(page: (shard: number) => Promise<T>) => Promise.all(SHARDS.map(page));
  const farAhead = now() + 90 * 86_400_000;
  const untold = await everywhere((shard) => outboxIndex.untold(shard, farAhead, 100));
  return {
    due: await everywhere((shard) => dueIndex.due(shard, farAhead, 100)),
    untold,
    events: await Promise.all(untold.flatMap(({ events }) => events.map((key) => outbox.read(key)))),
    topOfDay: await everywhere((shard) => topIndex.largestOfDay(feature, '2040-01-15', shard, 10)),
    topOfMonth: await everywhere((shard) => topIndex.largestOfMonth(feature, '2040-01', shard, 10)),
    shardsOfDays: await topIndex.shardsOfDays(feature, DAYS),
    shardsOfAlerts: await topIndex.shardsOfAlerts(DAYS),
  };
}

async function readBilling({ subscriptions, stripeEvents, plans }: HistoryDeps) {
  return {
    subscription: await subscriptions.readSaved(user),
    formerSubscriptions: await subscriptions.history(user, 100),
    payments: await subscriptions.payments(user, 100),
    customers: await subscriptions.customersOf(user),
    owners: await subscriptions.usersOf([HISTORY.customer, HISTORY.subscription]),
    hadTrial: await subscriptions.hadTrial(user),
    handledEvents: [...(await stripeEvents.done([HISTORY.event, 'evt_other']))],
    cursor: await stripeEvents.cursor(),
    plans: await plans.list(),
    versions: await plans.versions(HISTORY.plan),
    planOfPrices: await plans.planOfPrices([HISTORY.price]),
  };
}

async function readOperator({ apiKeys, archiveProgress, jobs, layout }: HistoryDeps) {
  const { job, run } = HISTORY;
  return {
    apiKeys: [await apiKeys.find(keyIdOf(HISTORY.apiKey)), await apiKeys.find(keyIdOf(HISTORY.limitedKey))],
    firstKey: await apiKeys.firstKey('adminKey'),
    runs: await jobs.page(job, 100),
    run: await jobs.read(job, run),
    running: [
      await jobs.running(job, undefined, HISTORY.startsAt),
      await jobs.running(job, user, HISTORY.startsAt),
    ],
    archive: await archiveProgress.read(),
    layout: await layout.read(),
  };
}

/** Maps as objects, and sets in order: DynamoDB keeps the order of neither. */
function readable(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Set) return [...value].sort();
  return value instanceof Map ? Object.fromEntries(value) : value;
}
