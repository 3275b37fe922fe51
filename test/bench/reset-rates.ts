import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { toAccountItem } from '../../shared/adapters/dynamodb/account-codec.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { sweepDue } from '../../shared/usecases/rollover/sweep-due.ts';
import { createBenchTables } from '../support/bench-table.ts';
import { DUE_AT, dueAccount, resetAccount, seedDueAccounts, userOf } from '../support/due-accounts.ts';
import { meterRequests } from '../support/request-meter.ts';
import { resetDeps } from '../support/reset-run.ts';

const ROUNDS = 10;
/** The sweep's concurrency: four shards with fifty accounts each. */
const WRITES_AT_ONCE = 200;
const METERED = 1_000;
/** For either arm: the client reaches full speed after these. */
const WARM_UP = 6_000;

interface Arm {
  done: number;
  ms: number;
}

export interface Rates {
  readonly requests: Readonly<Record<string, number>>;
  readonly requestsPerAccount: number;
  readonly writeUnits: number;
  readonly reset: Arm;
  readonly bare: Arm;
  /** The reset's rate divided by the bare one's: over all rounds, and per round. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  /** After 20, 40, 60, 80 and 100 % of the accounts. */
  readonly peakRssMb: readonly number[];
}

/**
 * Both arms write the same items to tables of one emulator, over one client, with equal concurrency,
 * alternately. The bare arm sends the reset's final writes, prepared before the clock starts: a Put of the
 * account's next version on the condition that it still has the previous version, which takes the account out
 * of the due index. So the ratio is the extra cost of finding, reading and computing.
 */
export async function compareRates(accounts: number): Promise<Rates> {
  const { client, stop } = await createBenchTables('reset', 'bare', 'warm', 'metered');
  const table = (name: string): Table => ({ client, name });
  try {
    for (const warmUp of [resetSome, (warm: Table, count: number) => writeBare(warm, 0, count)]) {
      await seedDueAccounts(table('warm'), 0, WARM_UP);
      await warmUp(table('warm'), WARM_UP);
    }
    await seedDueAccounts(table('reset'), 0, accounts);
    await seedDueAccounts(table('bare'), 0, accounts);
    const [reset, bare] = [
      { done: 0, ms: 0 },
      { done: 0, ms: 0 },
    ];
    const ratios: number[] = [];
    const rss = watchRss();
    const peakRssMb: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // The sweep ends with whole batches: work beyond its share counts for the next round.
      const share = Math.max(1, Math.ceil((accounts * (round + 1)) / ROUNDS) - reset.done);
      const turns = [
        async () => add(reset, await resetSome(table('reset'), share)),
        async () => add(bare, await writeBare(table('bare'), bare.done, Math.floor(accounts / ROUNDS))),
      ];
      // The first arm alternates, so that neither has the better conditions.
      const [one, other] = round % 2 === 0 ? turns : turns.reverse();
      const rates = [await one?.(), await other?.()];
      const [ofReset = 0, ofBare = 0] = round % 2 === 0 ? rates : rates.reverse();
      ratios.push(ofReset / ofBare);
      console.log(`round ${round + 1}: reset ${ofReset.toFixed(0)}/s, bare ${ofBare.toFixed(0)}/s`);
      if (round % 2 === 1) peakRssMb.push(rss.takePeakMb());
    }
    rss.stop();
    const metered = await meter(table('metered'));
    const ratio = reset.done / reset.ms / (bare.done / bare.ms);
    return { ...metered, reset, bare, ratio, ratios, peakRssMb };
  } finally {
    await stop();
  }
}

/** Rate per second. */
function add(arm: Arm, { done, ms }: Arm): number {
  arm.done += done;
  arm.ms += ms;
  return (done / ms) * 1_000;
}

async function resetSome(table: Table, count: number): Promise<Arm> {
  const offsetMs = DUE_AT + 300_000 - Date.now();
  let done = 0;
  const startedAt = performance.now();
  const { counts } = await sweepDue(
    resetDeps(table, () => Date.now() + offsetMs),
    {
      mayContinue: () => done < count,
      progress: ({ processed }) => {
        done = processed;
      },
      note: (error) => console.error(error),
    },
  );
  return { done: counts.rolledOver ?? 0, ms: performance.now() - startedAt };
}

async function writeBare(table: Table, from: number, count: number): Promise<Arm> {
  const commands = Array.from({ length: count }, (_, index) => {
    const account = dueAccount(userOf(from + index));
    return new PutCommand({
      TableName: table.name,
      Item: toAccountItem(resetAccount(account, DUE_AT + 300_000)),
      ConditionExpression: 'v = :read',
      ExpressionAttributeValues: { ':read': account.version },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });
  const queue = commands.values();
  const worker = async () => {
    for (const command of queue) await table.client.send(command);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, worker));
  return { done: count, ms: performance.now() - startedAt };
}

/** The cost of one account: counted, not timed. */
async function meter(table: Table): Promise<Pick<Rates, 'requests' | 'requestsPerAccount' | 'writeUnits'>> {
  await seedDueAccounts(table, 0, METERED);
  const client = table.client as Parameters<typeof meterRequests>[0]; // as `createBenchTables` made it
  const meter = meterRequests(client);
  await resetSome(table, Number.POSITIVE_INFINITY);
  const taken = meter.take();
  const byCommand = Object.groupBy(taken, ({ command }) => command.replace('Command', ''));
  const requests = Object.entries(byCommand).map(([name, all = []]) => [name, all.length / METERED] as const);
  // The emulator reports no cost for a batch of statements: it equals that of the single writes.
  await seedDueAccounts(table, 0, METERED);
  meter.take();
  await writeBare(table, 0, METERED);
  const units = meter.take().reduce((sum, write) => sum + (write.units ?? 0), 0);
  return {
    requests: Object.fromEntries(requests),
    requestsPerAccount: taken.length / METERED,
    writeUnits: units / METERED,
  };
}

function watchRss() {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 50);
  return {
    takePeakMb() {
      look();
      const taken = peak / 2 ** 20;
      peak = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}
