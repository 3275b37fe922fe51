import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountStore } from '../../shared/adapters/dynamodb/account-store.ts';
import type { Account } from '../../shared/domain/account.ts';
import { debit } from '../../shared/domain/debit.ts';
import { nextVersion } from '../../shared/domain/next-version.ts';
import { SAMPLE_NOW, sampleAccount, units } from '../support/sample-account.ts';
import { createTestTable, type TestTable } from '../support/table.ts';

let table: TestTable;
let accounts: AccountStore;
beforeAll(async () => {
  table = await createTestTable();
  accounts = new AccountStore({ client: table.documentClient, name: table.tableName });
});
afterAll(() => table.drop());

/** The account after one more operation of `amount` units. */
function used(account: Account, amount: number): Account {
  const amounts = units(amount);
  const operationId = randomUUID();
  const at = SAMPLE_NOW;
  return nextVersion(debit(account, amounts), {
    ...{ kind: 'consume', operationId, keyed: false, fingerprint: 'f', at, amounts },
  });
}

describe('a save', () => {
  it('of a first version is refused when an account exists, and returns that one', async () => {
    const unused = { ...sampleAccount(), userId: randomUUID() };
    const [one, other] = [used(unused, 1), used(unused, 2)];
    expect((await accounts.save(one)).code).toBe('saved');
    expect(await accounts.save(other)).toMatchObject({ code: 'refused', account: { change: one.change } });
    expect((await accounts.read(one.userId, { consistent: true }))?.change).toEqual(one.change);
  });

  it('is refused when another change came first, and returns that one', async () => {
    const first = used({ ...sampleAccount(), userId: randomUUID() }, 1);
    const [winner, loser] = [used(first, 2), used(first, 3)];
    for (const account of [first, winner]) expect((await accounts.save(account)).code).toBe('saved');
    expect(await accounts.save(loser)).toMatchObject({ code: 'refused', account: { change: winner.change } });
    // Nor does a late one restore an older state.
    expect((await accounts.save(first)).code).toBe('refused');
    expect((await accounts.read(first.userId, { consistent: true }))?.version).toBe(2);
  });
});
