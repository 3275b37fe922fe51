import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { AccountStore } from '../../shared/adapters/dynamodb/account-store.ts';
import { JobStore } from '../../shared/adapters/dynamodb/job-store.ts';
import type { Account } from '../../shared/domain/account.ts';
import type { JobRun } from '../../shared/domain/job-run.ts';
import { DUE_AT, dueAccount, userOf } from './due-accounts.ts';

/** Longer than a run and its lease. */
const APART_MS = 30 * 60_000;
/** The duration of a batch: the kill occurs anywhere in it. */
const BATCH_MS = 50;

export interface KilledTable {
  readonly client: DynamoDBDocumentClient;
  readonly endpoint: string;
  readonly name: string;
}

export interface KillCounts {
  readonly kills: number;
  /** Kills during the run's work, not before it. */
  readonly amidst: number;
  readonly once: number;
  readonly never: number;
  readonly moreThanOnce: number;
  /** Rollovers that left an account in a wrong state. */
  readonly wrong: number;
  readonly runs: readonly JobRun[];
}

/**
 * Runs `quota-reset` as a process and kills it at a random moment, repeatedly, so that the kills are spread
 * over all of the work; then lets one run complete, and counts. Each run's clock is far ahead of the previous
 * one, so that claims have expired.
 *
 * @param accounts those of `seedDueAccounts`
 * @param onKill gets the number of the kill, and the run's number of processed accounts
 */
export async function killResets(
  table: KilledTable,
  accounts: number,
  kills: number,
  onKill: (kill: number, processed: number) => void = () => {},
): Promise<KillCounts> {
  let amidst = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    const run = startRun(table, kill, Math.random() * 2 * (accounts / (kills + 1)));
    await Promise.race([run.isFarEnough, run.ended]);
    await Promise.race([sleep(Math.random() * BATCH_MS), run.ended]);
    run.process.kill('SIGKILL');
    await run.ended;
    const processed = run.processed();
    if (processed > 0 && run.process.signalCode === 'SIGKILL') amidst += 1;
    onKill(kill, processed);
  }
  const last = startRun(table, kills + 1, accounts);
  await last.ended;
  if (last.process.exitCode !== 0) throw new Error(`the last run ended with ${last.process.exitCode}`);
  const { items } = await new JobStore(table).page('quota-reset', 100);
  return { kills, amidst, ...(await count(table, accounts)), runs: items };
}

/** @param enough number of processed accounts after which the kill may occur */
function startRun({ endpoint, name }: KilledTable, number: number, enough: number) {
  const now = DUE_AT + number * APART_MS;
  const file = new URL('./reset-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [file, endpoint, name, String(now)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const farEnough = Promise.withResolvers<void>();
  let processed = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    processed = Number(/^processed (\d+)/.exec(line)?.[1] ?? processed);
    if (processed >= enough) farEnough.resolve();
  });
  const ended = once(child, 'close');
  return { process: child, isFarEnough: farEnough.promise, ended, processed: () => processed };
}

const SEEDED_VERSION = dueAccount('').version;

async function count(table: KilledTable, accounts: number) {
  const counts = { once: 0, never: 0, moreThanOnce: 0, wrong: 0 };
  const store = new AccountStore(table);
  for (let from = 0; from < accounts; from += 100) {
    const size = Math.min(100, accounts - from);
    const users = Array.from({ length: size }, (_, index) => userOf(from + index));
    const found = await store.readMany(users);
    for (const user of users) {
      const account = found.get(user);
      const rollovers = (account?.version ?? 0) - SEEDED_VERSION;
      if (rollovers === 1) counts.once += 1;
      else if (rollovers <= 0) counts.never += 1;
      else counts.moreThanOnce += 1;
      if (!account || (rollovers === 1 && !isRolledOver(account))) counts.wrong += 1;
    }
  }
  return counts;
}

/** Metered usage is 0, stored usage is kept, and lifetime totals include all. */
function isRolledOver(account: Account): boolean {
  if (account.change?.kind !== 'rollover') return false;
  return [...account.counters.values()].flat().every(({ interval, used, periodStart, remaining, limit }) => {
    const isGauge = interval === 'never';
    return (isGauge ? used > 0 : used === 0 && periodStart === DUE_AT) && remaining === (limit ?? 0) - used;
  });
}
