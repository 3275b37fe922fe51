import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ENTRIES } from '../../../shared/contract.ts';
import { ledgerFindings } from '../../../shared/domain/ledger-audit.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { captureLog, lambdaContext, loadHandler, setEnvironment } from '../../support/api.ts';
import { DYNAMODB } from '../../support/fault-proxy/dynamodb-protocol.ts';
import type { IncomingRequest } from '../../support/fault-proxy/fault.ts';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy/fault-proxy.ts';
import { units } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';

let service: TestService;
/** Between the projector and the table. */
let proxy: FaultProxy;
const log = captureLog();

beforeAll(async () => {
  service = await createTestService();
  proxy = await startFaultProxy({ upstream: inject('dynamodbEndpoint'), protocol: DYNAMODB });
  setEnvironment(service.table.tableName, proxy.url);
});
afterAll(async () => {
  log.restore();
  await proxy.stop();
  await service.table.drop();
});

test('the projector waits for an unreachable table: an outage must not use up the tries of a batch', async () => {
  const userId = randomUUID();
  for (let times = 0; times < 3; times += 1) await consume(service, { userId, amounts: units(1) });
  const Records = await service.stream.records();
  const project = await loadHandler(ENTRIES.projector);
  const context = (leftMs: number) => ({
    ...lambdaContext('project'),
    getRemainingTimeInMillis: () => leftMs,
  });
  let requests = 0;
  proxy.follow(() => {
    requests += 1;
    return requests <= 3 ? 'throttled' : undefined;
  });
  // Too little time is left to wait: a later call retries the batch.
  await expect(project({ Records }, context(6_000))).rejects.toThrow();
  expect(await service.ledger.newest(userId, 10)).toEqual([]);
  expect(await project({ Records }, context(60_000))).toEqual({ batchItemFailures: [] });
  const entries = await service.ledger.newest(userId, 10);
  expect(ledgerFindings(await service.account(userId), entries)).toEqual([]);
});

test('a change whose writes fail is reported by its record: those before it are projected', async () => {
  const [one, failing, other] = [randomUUID(), randomUUID(), randomUUID()];
  const known = (await service.stream.records()).length;
  for (const userId of [one, one, failing, other]) await consume(service, { userId, amounts: units(1) });
  const Records = (await service.stream.records()).slice(known);
  const sequenceOf = (userId: string) =>
    Records.find(({ dynamodb }) => dynamodb?.Keys?.pk?.S === `ACCOUNT#${userId}`)?.dynamodb?.SequenceNumber;
  const project = await loadHandler(ENTRIES.projector);
  const context = { ...lambdaContext('project'), getRemainingTimeInMillis: () => 16_000 };
  const isUsageOfFailing = ({ operation, writes }: IncomingRequest) =>
    operation === 'UpdateItem' && [...writes.keys()].some((key) => key.includes(failing));
  proxy.follow((request) => (isUsageOfFailing(request) ? 'throttled' : undefined));
  expect(await project({ Records }, context)).toEqual({
    batchItemFailures: [{ itemIdentifier: sequenceOf(failing) }],
  });
  const later = Records.slice(
    Records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === sequenceOf(failing)),
  );
  // Nothing to advance by: the function fails, so that its alarm is raised.
  await expect(project({ Records: later }, context)).rejects.toThrow(`version 1 of ${failing}`);
  proxy.follow(() => undefined);
  expect(await project({ Records: later }, context)).toEqual({ batchItemFailures: [] });
  for (const userId of [one, failing, other]) {
    const entries = await service.ledger.newest(userId, 10);
    expect(ledgerFindings(await service.account(userId), entries)).toEqual([]);
    expect(await service.usage.days(userId, 'aiRequest', '2000-01-01', '9999-12-31')).toMatchObject([
      { used: userId === one ? 2 : 1 },
    ]);
  }
});
