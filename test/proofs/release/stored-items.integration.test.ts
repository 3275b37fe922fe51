import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ACCOUNT, COUNTER, HOLD, PAYMENTS } from '../../../shared/adapters/dynamodb/account-item.ts';
import { LAYOUT, PARTITIONS, TABLE } from '../../../shared/contract.ts';
import { keyIdOf } from '../../../shared/domain/api-key.ts';
import { authenticate } from '../../../shared/usecases/keys/authenticate.ts';
import { auditLedger } from '../../../shared/usecases/ledger/audit-ledger.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { reserve } from '../../../shared/usecases/quota/reserve.ts';
import { settleReservation } from '../../../shared/usecases/quota/settle-reservation.ts';
import { units } from '../../support/sample-account.ts';
import { createTestTable, openTestTable, type TestTable } from '../../support/table.ts';
import { HISTORY, type HistoryDeps, historyDeps } from './history.ts';
import { ITEM_KINDS } from './item-kinds.ts';
import { readHistory } from './read-history.ts';
import { recordHistory } from './record-history.ts';
import {
  attributesByKind,
  kindOfItem,
  RELEASED_LAYOUTS,
  releasedItems,
  releasedReads,
  type StoredItem,
} from './released-items.ts';

const { user, other, keys } = HISTORY;

test('a release wrote each layout that this one reads, but for its own', () => {
  const former = LAYOUT.readable.filter((layout) => layout !== LAYOUT.current);
  expect(RELEASED_LAYOUTS).toEqual(expect.arrayContaining(former));
  expect(LAYOUT.readable).toContain(LAYOUT.current);
});

describe.each(RELEASED_LAYOUTS)('items of layout %i', (layout) => {
  const items = releasedItems(layout);
  let table: TestTable;
  let deps: HistoryDeps;
  beforeAll(async () => {
    table = await createTestTable();
    await store(table, items);
    deps = historyDeps({ client: table.documentClient, name: table.tableName });
    deps.moveTo(HISTORY.endsAt);
  });
  afterAll(() => table.drop());

  test('are of every kind, and of no other', () => {
    expect([...new Set(items.map(kindOfItem))].sort()).toEqual([...ITEM_KINDS].sort());
    const { health: _, ...used } = PARTITIONS;
    for (const prefix of Object.values(used))
      expect(
        items.some(({ pk }) => pk?.S?.startsWith(prefix)),
        prefix,
      ).toBe(true);
  });

  test('are read as by the release that wrote them', async () => {
    expect(await readHistory(deps)).toMatchObject(releasedReads(layout));
  });

  test('keep what callers were promised: keys are replayed, and the rest is counted on', async () => {
    const again = (idempotencyKey: string, amount: number) =>
      consume(deps, { userId: user, amounts: units(amount), idempotencyKey });
    // One of each place: the account, and the record.
    expect(await again(keys.consume, 3)).toMatchObject({ code: 'replayed' });
    expect(await again(keys.old, 10)).toMatchObject({ code: 'replayed' });
    expect(await again(keys.old, 11)).toMatchObject({ code: 'key_reused' });
    const before = await deps.accounts.read(user, { consistent: true });
    expect(await again('a new one', 1)).toMatchObject({
      code: 'changed',
      account: { version: (before?.version ?? 0) + 1 },
    });
    const reservation = { userId: other, amounts: units(5), idempotencyKey: keys.reserve, ttlSeconds: 3_600 };
    const { outcome, reservationId } = await reserve(deps, reservation);
    expect(outcome.code).toBe('replayed');
    const settled = await settleReservation(deps, { userId: other, reservationId, amount: 4 });
    expect(settled.outcome.code).toBe('changed');
  });

  test('have a ledger that sums up to the balance', async () => {
    const untouched = await fresh(items);
    for (const userId of [user, HISTORY.subscriber]) {
      const outcome = await auditLedger(untouched.deps, userId);
      expect(outcome, userId).toMatchObject({ code: 'audited', findings: [] });
    }
    await untouched.table.drop();
  });

  test('authenticate their keys', async () => {
    const found = await authenticate(deps, `Bearer ${HISTORY.apiKey}`);
    expect(found).toMatchObject({ code: 'known', key: { keyId: keyIdOf(HISTORY.apiKey) } });
  });
});

describe('the items of this code', () => {
  const current = RELEASED_LAYOUTS.filter((layout) => layout === LAYOUT.current);

  test.runIf(current.length > 0)(
    'have every attribute that the last release of their layout wrote: a change of it needs another layout',
    async () => {
      const { items } = await recordHistory(inject('dynamodbEndpoint'));
      const written = attributesByKind(items);
      const released = attributesByKind(releasedItems(LAYOUT.current));
      expect([...released].filter((attribute) => !written.has(attribute))).toEqual([]);
    },
  );

  test('have every attribute of an account, so that none goes without a test', async () => {
    const { items } = await recordHistory(inject('dynamodbEndpoint'));
    const accounts = JSON.stringify(items.filter((item) => kindOfItem(item) === 'account'));
    for (const names of [ACCOUNT, COUNTER, HOLD, PAYMENTS])
      for (const name of Object.values(names)) expect(accounts).toContain(`"${name}":`);
  });
});

async function fresh(items: readonly StoredItem[]): Promise<{ table: TestTable; deps: HistoryDeps }> {
  const table = await createTestTable();
  await store(table, items);
  const deps = historyDeps({ client: table.documentClient, name: table.tableName });
  deps.moveTo(HISTORY.endsAt);
  return { table, deps };
}

/** In the JSON of the API: no number is rounded. */
async function store({ endpoint, tableName }: TestTable, items: readonly StoredItem[]): Promise<void> {
  const { client } = openTestTable(endpoint, tableName);
  for (let from = 0; from < items.length; from += TABLE.batchPuts) {
    const writes = items.slice(from, from + TABLE.batchPuts).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: writes } }));
  }
  client.destroy();
}
