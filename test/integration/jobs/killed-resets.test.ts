import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedDueAccounts } from '../../support/due-accounts.ts';
import { killResets } from '../../support/killed-resets.ts';
import { createTestTable, type TestTable } from '../../support/table.ts';

/** `npm run bench:reset -- --kill 20` does it with 50,000. */
const ACCOUNTS = 500;
const KILLS = 3;

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.drop());

test('killed repeatedly at any moment, the job rolls every account over once', async () => {
  const { documentClient: client, endpoint, tableName: name } = table;
  await seedDueAccounts({ client, name }, 0, ACCOUNTS);
  const { runs, ...counts } = await killResets({ client, endpoint, name }, ACCOUNTS, KILLS);
  expect(counts).toMatchObject({ kills: KILLS, once: ACCOUNTS, never: 0, moreThanOnce: 0, wrong: 0 });
  // Killed runs are recorded as died; the last one succeeded.
  expect(runs[0]?.state).toBe('succeeded');
  for (const { state } of runs.slice(1)) expect(['died', 'succeeded']).toContain(state);
});
