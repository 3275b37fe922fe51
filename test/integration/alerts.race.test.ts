import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { consumeAtOnce } from '../support/consume-at-once.ts';
import { units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('free', [{ limit: 1_000 }]);
});
afterAll(() => service.table.drop());

const CALLERS = 500;

test('500 concurrent consumes across 80 %: one alert, one event, one message, however they are projected', async () => {
  const userId = randomUUID();
  await consume(service, { userId, amounts: units(350) });
  const codes = await consumeAtOnce(service, { userId, callers: CALLERS, environments: 48 });
  expect(codes.filter((code) => code !== 'denied')).toHaveLength(CALLERS);

  const changes = await service.stream.changes();
  // Two overlapping batches at once, each projected by two functions, then everything once more.
  const [early, late] = [changes.slice(0, 470), changes.slice(430)];
  const project = (batch: typeof changes) => projectChanges(service.environment(), batch);
  await Promise.all([project(early), project(late), project(early), project(late)]);
  await project(changes);

  const { items } = await service.alerts.list(userId, 100);
  expect(items).toMatchObject([{ alert: { level: 'warning', used: 800, limit: 1_000 } }]);
  expect(items[0]?.untold).toEqual(new Set());
  expect(service.published.events.map(({ type }) => type)).toEqual(['quota.threshold_crossed']);
  expect(service.published.notices).toHaveLength(1);
});
