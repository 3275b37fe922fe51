import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { INTERVALS } from '../../shared/domain/account.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
const features = Array.from({ length: 20 }, (_, index) => `feature${index}`);
/** As many as a feature may have. */
const intervals = INTERVALS.slice(0, 4);

beforeAll(async () => {
  service = await createTestService();
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

it('an account with more counters than one blind write can name is charged, its layout cached or not', async () => {
  const userId = 'wide';
  await service.createPlan(
    'wide',
    features.flatMap((feature) => intervals.map((interval) => ({ feature, interval, limit: 10 }))),
  );
  await setUserPlan(service, { userId, planId: 'wide' });
  for (const name of ['feature0', 'feature0']) {
    expect((await consume(service, { userId, amounts: new Map([[name, 1]]) })).code).toBe('changed');
  }
  const all = new Map(features.map((feature) => [feature, 1]));
  expect((await consume(service, { userId, amounts: all })).code).toBe('changed');
  expect((await consume(service, { userId, amounts: all })).code).toBe('changed');
});
