import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArchiveProgress } from '../../../shared/adapters/dynamodb/archive-progress.ts';
import { LedgerArchive } from '../../../shared/adapters/dynamodb/ledger-archive.ts';
import { ENV, STANDARD_JOBS } from '../../../shared/contract.ts';
import { addDays, dateOf } from '../../../shared/domain/date-range.ts';
import { NO_SUMS } from '../../../shared/domain/ledger-sums.ts';
import { mintOperationId } from '../../../shared/domain/operation.ts';
import { call } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

const today = dateOf(Date.now());
const keptFrom = addDays(today, -100);
let api: SeededApi;

beforeAll(async () => {
  api = await createSeededApi();
  // A deployment without a retention now; an earlier one had archived usage.
  process.env[ENV.jobFunctions] = JSON.stringify(
    Object.fromEntries(STANDARD_JOBS.map((job) => [job, `the-${job}`])),
  );
  const progress = new ArchiveProgress(table());
  await progress.takeOver('run');
  await progress.begin('run', { usageBefore: keptFrom });
});
afterAll(() => api.stop());

const table = () => ({ client: api.table.documentClient, name: api.table.tableName });
const usage = (from: string, to: string) =>
  call('getUserUsage', { key: api.serviceKey, path: { userId: 'ada' }, query: { from, to } });
const report = (from: string, to: string) => call('reportUsage', { key: api.adminKey, query: { from, to } });
const top = (period: string) =>
  call('getTopUsers', { key: api.adminKey, query: { type: 'aiRequest', period } });
const notKept = { status: 400, body: { code: 'range_not_kept', keptFrom } };

describe('usage that is no longer kept', () => {
  test('of a user is refused with the first day that is', async () => {
    expect(await usage(addDays(keptFrom, -1), addDays(keptFrom, 9))).toMatchObject(notKept);
    expect((await usage(keptFrom, addDays(keptFrom, 9))).status).toBe(200);
    expect((await usage(addDays(today, -91), today)).status).toBe(200);
  });

  test('in a report is refused, also in the days that it compares with', async () => {
    expect(await report(addDays(keptFrom, 9), addDays(keptFrom, 18))).toMatchObject(notKept);
    expect((await report(addDays(keptFrom, 10), addDays(keptFrom, 19))).status).toBe(200);
  });

  test('has no list of top users, of a day or of a month', async () => {
    expect(await top(addDays(keptFrom, -1))).toMatchObject(notKept);
    expect(await top(addDays(keptFrom, -31).slice(0, 7))).toMatchObject(notKept);
    expect((await top(keptFrom)).status).toBe(200);
    expect((await top(keptFrom.slice(0, 7))).status).toBe(200);
  });
});

test('an operation id from before the ledger that is kept is 422, and changes nothing', async () => {
  const body = { userId: 'bob', type: 'aiRequest' };
  const consume = (headers: Record<string, string> = {}) =>
    call('consumeQuota', { key: api.serviceKey, body, headers });
  const old = mintOperationId(Date.now() - 60_000);
  expect((await consume()).body).toMatchObject({ version: 1 });
  await new LedgerArchive(table()).saveCheckpoint({
    ...NO_SUMS,
    userId: 'bob',
    version: 1,
    at: Date.now(),
    since: NO_SUMS,
    expireAt: Date.now(),
  });
  const refused = await consume({ 'idempotency-key': old });
  expect(refused).toMatchObject({ status: 422, body: { code: 'key_expired' } });
  expect((await consume()).body).toMatchObject({ version: 2 });
});

test('a deployment without a retention has no archive to run', async () => {
  const refused = await call('runJob', { key: api.adminKey, path: { name: 'history-archive' }, body: {} });
  expect(refused).toMatchObject({ status: 404, body: { code: 'unknown_job', jobs: [...STANDARD_JOBS] } });
  expect(refused.body.detail).toContain('ledgerRetentionDays');
});
