import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { METRICS } from '../../../shared/contract.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { captureLog, lambdaContext, loadHandler, setEnvironment } from '../../support/api.ts';
import { units } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';

let service: TestService;
const log = captureLog();

beforeAll(async () => {
  service = await createTestService({ stream: false });
  const unreachable = 'http://127.0.0.1:9';
  setEnvironment(service.table.tableName, inject('dynamodbEndpoint'), {
    AWS_ENDPOINT_URL_EVENTBRIDGE: unreachable,
    AWS_ENDPOINT_URL_SNS: unreachable,
  });
});
afterAll(async () => {
  log.restore();
  await service.table.drop();
});

test('alerts that the monitor raises and cannot publish count in the projector’s metrics', async () => {
  const userId = randomUUID();
  await consume(service, { userId, amounts: units(85) });
  const monitor = await loadHandler('jobs/quota-monitor');
  const context = { ...lambdaContext('quota-monitor'), getRemainingTimeInMillis: () => 600_000 };
  await monitor({ options: { userId } }, context);
  const figures = log.lines.filter((line) => METRICS.alertsRaised in line);
  expect(figures).toMatchObject([{ [METRICS.alertsRaised]: 1, [METRICS.notificationsPending]: 1 }]);
  expect(figures[0]).toMatchObject({ [METRICS.dimensions.service]: METRICS.service });
});
