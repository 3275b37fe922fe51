import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ENTRIES } from '../../../shared/contract.ts';
import { ledgerFindings } from '../../../shared/domain/ledger-audit.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { captureLog, lambdaContext, loadHandler, setEnvironment } from '../../support/api.ts';
import { DYNAMODB } from '../../support/fault-proxy/dynamodb-protocol.ts';
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
