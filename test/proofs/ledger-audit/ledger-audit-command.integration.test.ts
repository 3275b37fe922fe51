import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { spoilEntry } from '../../support/ledger-edits.ts';
import { restoreTable } from '../../support/restored-table.ts';
import { units } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';

const COMMAND = resolve(import.meta.dirname, './run.ts');
let service: TestService;
const users = Array.from({ length: 5 }, () => randomUUID());

beforeAll(async () => {
  service = await createTestService();
  for (const userId of users) await consume(service, { userId, amounts: units(2) });
  await service.project();
});
afterAll(() => service.table.drop());

const audit = (...more: string[]) => run('--table', service.table.tableName, ...more);

function run(...more: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = ['--endpoint', service.table.endpoint, ...more];
  return new Promise((done) => {
    execFile(process.execPath, [COMMAND, ...options], (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('exits with 0 and counts when every ledger is consistent', async () => {
  expect(await audit()).toEqual({
    code: 0,
    stdout: 'processed 5, failed 0, entries 5, findings 0, faulty 0, behind 0\n',
    stderr: '',
  });
});

test('prints its findings, and exits with 1', async () => {
  const [userId = ''] = users;
  const table = { client: service.table.documentClient, name: service.table.tableName };
  await spoilEntry(table, userId, 1, (item) => ({ ...item, x: item.x.map((delta) => ({ ...delta, u: 9 })) }));
  const finding = `${userId}: aiRequest/month: the ledger sums used to 9, the account has 2\n`;
  expect(await audit('--user', userId)).toMatchObject({
    code: 1,
    stdout: `${finding}processed 1, failed 0, entries 1, findings 1, faulty 1, behind 0\n`,
  });
});

test('completes the ledger of a restored table from the former one', async () => {
  const userId = randomUUID();
  await consume(service, { userId, amounts: units(2) });
  const restored = await restoreTable(service.table);
  onTestFinished(() => restored.drop());
  await service.project();
  const command = (...more: string[]) => run('--table', restored.tableName, '--user', userId, ...more);
  const fill = ['--fill-from', service.table.tableName];
  expect(await command(...fill)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`the moment that ${restored.tableName} was restored to`),
  });
  expect(await command(...fill, '--restored-at', new Date().toISOString())).toMatchObject({
    code: 0,
    stdout: 'processed 1, failed 0, entries 1, findings 0, faulty 0, behind 0\n',
  });
});

test('exits with 2 without a table option, or without that table', async () => {
  expect(await audit('--table', `no-${randomUUID()}`)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('ResourceNotFoundException'),
  });
});
