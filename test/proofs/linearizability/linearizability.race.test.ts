import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProxiedTable, proxyTable } from '../../support/fault-proxy/proxied-table.ts';
import { createTestTable, type TestTable } from '../../support/table.ts';
import { recordHistories, recordNaively, useCaseClients } from './record-histories.ts';
import { tableFaults } from './table-faults.ts';

const SIZE = { clients: 3, callsPerClient: 3, atOnce: 8, seed: 1 };

let table: TestTable;
let proxied: ProxiedTable;
beforeAll(async () => {
  table = await createTestTable();
  proxied = await proxyTable(table, { plan: tableFaults(1) });
});
afterAll(async () => {
  await proxied.stop();
  await table.drop();
});

describe('Linearizable', () => {
  it('200 histories of all verbs under faults: one order explains every answer', async () => {
    const report = await recordHistories({ ...SIZE, histories: 200 }, useCaseClients(proxied));
    expect(report.faults).toEqual([]);
    // Every possible answer occurred.
    for (const code of ['changed', 'replayed', 'denied', 'read', 'unknown']) {
      expect(report.outcomes[code], code).toBeGreaterThan(0);
    }
  });

  it('the same check rejects a counter that reads, compares and writes', async () => {
    const report = await recordNaively({ ...SIZE, histories: 20 }, proxiedWithoutFaults());
    expect(report.faults.length).toBeGreaterThan(0);
  });
});

function proxiedWithoutFaults(): ProxiedTable {
  proxied.proxy.follow(() => undefined);
  return proxied;
}
