import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestTable, type TestTable } from '../../support/table.ts';
import { chargeNaively, chargeOnce } from './lost-acknowledgements.ts';

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.drop());

describe('Charged once', () => {
  it('2,000 consumes with every tenth acknowledgement lost: 0 double charges, 0 over-admissions', async () => {
    const options = {
      table: { client: table.documentClient, name: table.tableName },
      endpoint: table.endpoint,
      consumes: 2_000,
      lost: 0.1,
      seed: 2_000,
    };
    const real = await chargeOnce({ ...options, run: `real-${randomUUID()}` });
    const naive = await chargeNaively({ ...options, run: `naive-${randomUUID()}` });
    expect(real).toEqual({
      acknowledged: 1_800,
      charged: 1_800,
      doubleCharged: 0,
      overAdmitted: 0,
      errorShare: 0,
    });
    expect(naive.doubleCharged).toBeGreaterThan(0);
    expect(naive.overAdmitted).toBeGreaterThan(0);
    expect(naive.errorShare).toBeGreaterThanOrEqual(0.03);
  }, 600_000);
});
