import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consume } from '../../shared/usecases/consume.ts';
import { projectChanges } from '../../shared/usecases/project-changes.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('free', [{ limit: 1_000 }]);
});
afterAll(() => service.table.drop());

const CALLERS = 500;
/** As many Lambda environments at once; each serves one request at a time. */
const ENVIRONMENTS = 48;

test('500 concurrent consumes across 80 %: one alert, one event, one notice, whoever projects them', async () => {
  const userId = randomUUID();
  await consume(service, { userId, amounts: units(350) });
  const idle = Array.from({ length: ENVIRONMENTS }, () => service.environment());
  const atOnce = pLimit(ENVIRONMENTS);
  const call = async () => {
    const environment = idle.pop() ?? service.environment();
    const outcome = await untilAnswered((idempotencyKey) =>
      consume(environment, { userId, amounts: units(1), idempotencyKey }),
    );
    idle.push(environment);
    return outcome;
  };
  const outcomes = await Promise.all(Array.from({ length: CALLERS }, () => atOnce(call)));
  expect(outcomes.filter(({ code }) => code !== 'denied')).toHaveLength(CALLERS);

  const changes = await service.stream.changes();
  // Two batches at once that overlap, each projected by two functions, and all of it once more.
  const [early, late] = [changes.slice(0, 470), changes.slice(430)];
  const project = (batch: typeof changes) => projectChanges(service.environment(), batch);
  await Promise.all([project(early), project(late), project(early), project(late)]);
  await project(changes);

  const { items } = await service.alerts.list(userId, 100);
  expect(items).toMatchObject([{ alert: { level: 'warning', used: 800, limit: 1_000 } }]);
  expect(items[0]?.untold).toEqual(new Set());
  expect(service.told.events.map(({ type }) => type)).toEqual(['quota.threshold_crossed']);
  expect(service.told.notices).toHaveLength(1);
}, 150_000);
