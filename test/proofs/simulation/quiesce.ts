import { fromAccountItem } from '../../../shared/adapters/dynamodb/account-codec.ts';
import type { AccountItem } from '../../../shared/adapters/dynamodb/account-item.ts';
import { accountKey } from '../../../shared/adapters/dynamodb/keys.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import { UsageStore } from '../../../shared/adapters/dynamodb/usage-store.ts';
import { type Account, FAR_FUTURE, MAX_AMOUNT } from '../../../shared/domain/account.ts';
import { DEDUPE_WINDOW } from '../../../shared/domain/dedupe-window.ts';
import { AccountBusy } from '../../../shared/domain/faults.ts';
import type { LedgerEntry } from '../../../shared/domain/ledger.ts';
import { ledgerFindings } from '../../../shared/domain/ledger-audit.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { sweepDue } from '../../../shared/usecases/rollover/sweep-due.ts';
import { drainNotifications } from './alerts/drain-notifications.ts';
import { Chance } from './chance.ts';
import { execute } from './dynamodb/memory-client.ts';
import type { Stage } from './simulate.ts';
import { lastSyncs, verifyEntitlements } from './stripe/last-sync.ts';

/** Longer than any intended memory. */
const SETTLING_MS = 10_000;
/** Maximum job runs until nothing is due: intervals end one after the other, and so do reservations. */
const MOST_SWEEPS = 14;

/**
 * The final conditions without further faults: calls are answered, the ledger is complete, reservations and
 * periods have ended, and idle accounts have left the index.
 */
export async function quiesce(stage: Stage): Promise<void> {
  await drain(stage);
  await stage.world.run(stage.world.now() + SETTLING_MS);
  await everyoneIsServed(stage);
  await drain(stage);
  await lastSyncs(stage);
  await letTimePass(stage);
  verifyEntitlements(stage);
  await drain(stage);
  await drainNotifications(stage);
  for (const userId of stage.users) await verifyBooks(stage, userId);
}

async function drain({ world, shards, oracle }: Stage): Promise<void> {
  await world.run();
  if (shards.some(({ isEmpty }) => !isEmpty)) oracle.report('nothing lost', 'the stream is stuck');
}

async function everyoneIsServed({ script, world, fleet, users, oracle }: Stage): Promise<void> {
  for (const [index, userId] of users.entries()) {
    const task = {
      name: `last consume of ${userId}`,
      group: 'rest',
      chance: new Chance(script.seed, 7, index),
    };
    const amounts = new Map([['aiRequest', 1]]);
    const serve = async () => {
      const served = fleet.serve(task, (deps) => consume(deps, { userId, amounts }));
      await world.run();
      return served;
    };
    let result = await serve();
    for (
      let waits = 0;
      waits < 2 && result.code === 'failed' && result.error instanceof AccountBusy;
      waits += 1
    ) {
      // An account full at quiescence is pruned twice, and then has room.
      await world.run(world.now() + DEDUPE_WINDOW.pruneEveryMs);
      result = await serve();
    }
    if (result.code !== 'answered') {
      oracle.report(
        'every call is answered',
        `${task.name}: ${result.code === 'failed' ? String(result.error) : 'no answer'}`,
      );
    }
  }
}

/** Advances to the last due moment, and runs the job. */
async function letTimePass(stage: Stage): Promise<void> {
  const { script, world, sweepers, oracle, users, table } = stage;
  // An index lags a little: wait for the last writes.
  await world.run(world.now() + SETTLING_MS);
  for (let round = 0; round < MOST_SWEEPS; round += 1) {
    const due = users
      .flatMap((userId) => accountOf(stage, userId)?.dueAt ?? [])
      .filter((at) => at < FAR_FUTURE);
    if (due.length === 0) break;
    await world.run(Math.max(world.now(), ...due) + script.faultProfile.skewMs + 1_000);
    const chance = new Chance(script.seed, 8, round);
    const swept = sweepers[0].run({ name: 'last sweep', group: 'rest', chance }, (deps) =>
      sweepDue(deps, { mayContinue: () => true }),
    );
    await world.run();
    const counts = await swept;
    const isFailed = counts !== 'died' && (counts.value.counts.failed ?? 0) > 0;
    // A full account is pruned twice before it has room: the next runs of the sweep roll it over.
    if (isFailed && round >= MOST_SWEEPS - 1)
      oracle.report('due accounts are found', 'the sweep failed without faults');
    if (isFailed) await world.run(world.now() + DEDUPE_WINDOW.pruneEveryMs);
  }
  for (const userId of users) {
    const account = fromTable(table.get(accountKey(userId)));
    if (!account) continue;
    if (account.holds.size > 0)
      oracle.report('holds come back', `${userId}: ${account.holds.size} reservations are left`);
    if ((account.dueAt ?? FAR_FUTURE) < FAR_FUTURE)
      oracle.report('due accounts are found', `${userId} is idle, and due`);
    for (const [feature, list] of account.counters) {
      for (const { interval, used, held } of list) {
        const isLeft = held !== 0 || (interval !== 'never' && used !== 0);
        if (isLeft)
          oracle.report(
            'resets are exact',
            `${userId} ${feature}/${interval}: ${used} used, ${held} held are left`,
          );
      }
    }
  }
}

/** The ledger has every version once and sums up to the balance; daily usage equals the ledger's. */
async function verifyBooks({ table, oracle }: Stage, userId: string): Promise<void> {
  const send = async (command: object) => execute(table, command);
  const direct = { client: { send: send as never }, name: 'table' }; // one signature for every command
  const account = fromTable(table.get(accountKey(userId)));
  if (!account) return;
  const entries = await new LedgerStore(direct).newest(userId, 10_000);
  for (const fault of ledgerFindings(account, entries)) oracle.report('nothing lost', `${userId}: ${fault}`);
  for (const [feature, days] of usageByDay(entries)) {
    const storedDays = await new UsageStore(direct).days(userId, feature, '2000-01-01', '2099-12-31');
    for (const [date, used] of days) {
      const day = storedDays.find((other) => other.date === date);
      if (day?.used !== Math.min(Number(used), MAX_AMOUNT))
        oracle.report('nothing lost', `${userId} ${feature} ${date}: ${day?.used} used, not ${used}`);
    }
  }
}

function usageByDay(entries: readonly LedgerEntry[]): Map<string, Map<string, bigint>> {
  const usage = new Map<string, Map<string, bigint>>();
  for (const { kind, at, amounts } of entries) {
    if (kind !== 'consume' && kind !== 'confirm') continue;
    const date = new Date(at).toISOString().slice(0, 10);
    for (const [feature, amount] of amounts) {
      if (amount === 0) continue;
      const days = usage.get(feature) ?? new Map<string, bigint>();
      usage.set(feature, days.set(date, (days.get(date) ?? 0n) + BigInt(amount)));
    }
  }
  return usage;
}

function accountOf({ table }: Stage, userId: string): Account | undefined {
  return fromTable(table.get(accountKey(userId)));
}

function fromTable(item: object | undefined): Account | undefined {
  return item && fromAccountItem(item as AccountItem); // written by one store alone
}
