import { randomUUID } from 'node:crypto';
import { SeededRandom } from 'stripe-simulator/seeded-random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INTERVALS } from '../../shared/domain/account.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await createTestService({ stream: false });
});
afterAll(() => service.table.drop());

/** Without a subscription, a billing cycle is a month from the first use. */
const CALENDAR = INTERVALS.filter((interval) => interval !== 'never' && interval !== 'billing_cycle');

/** A user whose counters are used and held at random, some to the limit. */
async function randomUser(random: SeededRandom): Promise<string> {
  service.clock.freezeAt(Date.UTC(2033, 4, 5, 6, 7));
  const userId = randomUUID();
  const intervals = CALENDAR.filter(() => random.chance(0.5));
  const chosen = intervals.length > 0 ? intervals : (['never'] as const);
  const ordered = random.chance(0.5) ? chosen : chosen.toReversed();
  await service.createPlan(
    userId,
    ordered.map((interval) => ({ feature: 'tokens', interval, limit: random.below(12) })),
  );
  await setUserPlan(service, { userId, planId: userId });
  const amounts = () => new Map([['tokens', 1 + random.below(4)]]);
  for (let step = 0; step < 4; step += 1) {
    await consume(service, { userId, amounts: amounts() });
    if (random.chance(0.4))
      await reserve(service, { userId, amounts: amounts(), ttlSeconds: 60 + random.below(80_000) });
    service.clock.advanceMs(random.below(3_600_000));
  }
  return userId;
}

test.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
  'random account %i: the instant of a denial is the first at which the request is admitted',
  async (seed) => {
    const random = new SeededRandom(seed);
    const userId = await randomUser(random);
    const amounts = new Map([['tokens', 1 + random.below(12)]]);
    const ask = () => consume(service, { userId, amounts });
    const denied = await ask();
    if (denied.code !== 'denied') return;
    const remembered = await ask();
    expect(remembered).toMatchObject({ code: 'denied', retryAt: denied.retryAt });
    if (denied.retryAt === undefined) {
      for (const days of [1, 7, 31, 62]) {
        service.clock.advanceMs(days * 86_400_000);
        expect((await ask()).code).toBe('denied');
      }
      return;
    }
    service.clock.freezeAt(denied.retryAt - 1);
    expect((await ask()).code).toBe('denied');
    service.clock.freezeAt(denied.retryAt);
    expect((await ask()).code).toBe('changed');
  },
);
