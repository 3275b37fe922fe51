import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerFindings } from '../../shared/domain/ledger-audit.ts';
import { projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { type Fate, faultyClient, randomFates } from '../support/faulty-client.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

const USERS = 20;
const OF_EACH = 4;
const RUNS = 8;
/** As a slow store answers: late, so that the answer counts as lost, or not at all. */
const FATES: readonly Fate[] = ['answer lost', 'server error', 'throttled', 'never sent'];

let service: TestService;
const userIds = Array.from({ length: USERS }, () => randomUUID());

beforeAll(async () => {
  service = await createTestService();
  for (const userId of userIds)
    for (let index = 0; index < OF_EACH; index += 1)
      await consume(service, { userId, amounts: units(1), idempotencyKey: `key-${index}` });
});
afterAll(() => service.table.drop());

/** Projects all changes, each request failing with a probability, and returns the items sent in writes. */
async function itemsSent(probability: number, seed = 0): Promise<number> {
  const fates = randomFates(seed, probability, FATES);
  let items = 0;
  const client = faultyClient(service.table.documentClient, (request) => {
    if (request.command === 'BatchWriteCommand') items += request.input().match(/"PutRequest"/g)?.length ?? 0;
    else if (/^(Update|Put)/.test(request.command)) items += 1;
    return fates(request);
  });
  const changes = await service.stream.changes();
  const projector = service.over(client, { sleep: async () => {} });
  await untilAnswered(() => projectChanges(projector, changes));
  return items;
}

test('a failed write is repeated by itself: a store that fails one request in ten costs few writes more', async () => {
  const without = await itemsSent(0);
  // A batch is much of one projection, so the share of failures varies: several projections are summed.
  const slow: number[] = [];
  for (let seed = 1; seed <= RUNS; seed += 1) slow.push(await itemsSent(0.1, seed));
  const share = slow.reduce((sum, items) => sum + items, 0) / (RUNS * without);
  expect(share).toBeGreaterThan(1);
  expect(share).toBeLessThan(1.3);
  for (const userId of userIds) {
    const entries = await service.ledger.newest(userId, 100);
    expect(ledgerFindings(await service.account(userId), entries)).toEqual([]);
  }
});
