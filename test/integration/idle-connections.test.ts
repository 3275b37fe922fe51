import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attempt, createDynamoDb, type Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { TableProbe } from '../../shared/adapters/dynamodb/table-probe.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { type IdleEnd, type IdleRelay, startIdleRelay } from '../support/idle-resets.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

const SPELLS = 12;
const ENDS: IdleEnd[] = ['closes', 'resets', 'resets late'];

let service: TestService;
let relay: IdleRelay;
let table: Table;
let client: ReturnType<typeof createDynamoDb>;

beforeAll(async () => {
  service = await createTestService();
});
beforeEach(async () => {
  relay = await startIdleRelay(service.table.endpoint);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  // A busy machine is slower than DynamoDB.
  client = createDynamoDb(
    { endpoint: relay.url, region: 'eu-central-1', credentials },
    { requestTimeoutMs: 10_000 },
  );
  table = { client, name: service.table.tableName };
});
afterEach(async () => {
  client.destroy();
  await relay.stop();
});
afterAll(() => service.table.drop());

/** An idle spell, at whose end the store ends the connection. */
async function idle(how: IdleEnd): Promise<void> {
  await sleep(60);
  expect(relay.endIdle(how)).toBeGreaterThan(0);
}

describe.each(ENDS)('a store that %s idle connections', (how) => {
  it('fails no read', async () => {
    const probe = new TableProbe(table);
    await probe.ask();
    for (let spell = 0; spell < SPELLS; spell += 1) {
      await idle(how);
      await probe.ask();
    }
  });

  it('fails no charge, and none is charged twice', async () => {
    const environment = service.over(client);
    const userId = randomUUID();
    const use = () => consume(environment, { userId, amounts: units(1), idempotencyKey: randomUUID() });
    await use();
    for (let spell = 0; spell < SPELLS; spell += 1) {
      await idle(how);
      expect((await use()).code).toBe('changed');
    }
    expect(counterOf(await service.account(userId)).used).toBe(SPELLS + 1);
    await service.expectLedgerToBalance();
  });
});

describe.each(['closes', 'resets'] as const)('a store that %s idle connections before a request', (how) => {
  it('fails no write without an operation id', async () => {
    const put = (n: number) =>
      attempt(() =>
        client.send(new PutCommand({ TableName: table.name, Item: { pk: 'IDLE', sk: 'IDLE', n } })),
      );
    await put(0);
    for (let spell = 1; spell <= SPELLS; spell += 1) {
      await idle(how);
      await put(spell);
    }
  });
});
