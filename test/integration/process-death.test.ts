import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { advance } from '../../shared/domain/advance.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { settleReservation } from '../../shared/usecases/quota/settle-reservation.ts';
import { rollOver } from '../../shared/usecases/rollover/roll-over.ts';
import { faultyClient, PROCESS_DIED } from '../support/faulty-client.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

/** More requests than any verb sends. */
const MOST_REQUESTS = 12;

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
});
beforeEach(() => service.clock.freezeAt('2033-05-10T12:00:00Z'));
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

/**
 * Runs a verb that dies at its first request, then one that dies at its second, until one survives; each for
 * a fresh user, and each followed by the same verb in a fresh environment.
 */
async function dieEverywhere(story: {
  prepare: () => Promise<void>;
  verb: (environment: TestService) => Promise<{ code: string }>;
  expected: (code: string) => Promise<void>;
}): Promise<number> {
  let deaths = 0;
  for (const when of ['dies before', 'dies after'] as const) {
    for (let request = 1; request <= MOST_REQUESTS; request += 1) {
      userId = randomUUID();
      await story.prepare();
      const mortal = faultyClient(service.table.documentClient, ({ count }) =>
        count === request ? when : undefined,
      );
      const died = await story.verb(service.over(mortal)).then(
        () => false,
        (reason: unknown) => {
          expect(reason).toBe(PROCESS_DIED);
          return true;
        },
      );
      if (!died) break;
      deaths += 1;
      const { code } = await story.verb(service.environment());
      await story.expected(code);
    }
  }
  return deaths;
}

const counter = async () => counterOf(await service.account(userId));

describe('Charged once, though the process dies at any request', () => {
  it('of the first consume of a user', async () => {
    const deaths = await dieEverywhere({
      prepare: async () => {},
      verb: (from) => consume(from, { userId, amounts: units(3), idempotencyKey: 'order-1' }),
      expected: async (code) => {
        expect(['changed', 'replayed']).toContain(code);
        expect(await counter()).toMatchObject({ used: 3, remaining: 97, lifetime: 3 });
      },
    });
    expect(deaths).toBeGreaterThanOrEqual(8);
  });

  it('of a consume on a warm account', async () => {
    const deaths = await dieEverywhere({
      prepare: async () => {
        await consume(service, { userId, amounts: units(1) });
      },
      verb: (from) => consume(from, { userId, amounts: units(3), idempotencyKey: 'order-1' }),
      expected: async () => expect(await counter()).toMatchObject({ used: 4, lifetime: 4 }),
    });
    expect(deaths).toBeGreaterThanOrEqual(4);
  });

  it('of a confirmation', async () => {
    let reservationId = '';
    const deaths = await dieEverywhere({
      prepare: async () => {
        ({ reservationId } = await reserve(service, { userId, amounts: units(10), ttlSeconds: 60 }));
      },
      verb: async (from) => (await settleReservation(from, { userId, reservationId, amount: 7 })).outcome,
      expected: async () => expect(await counter()).toMatchObject({ used: 7, held: 0, remaining: 93 }),
    });
    expect(deaths).toBeGreaterThanOrEqual(6);
  });

  it('of a rollover', async () => {
    const deaths = await dieEverywhere({
      prepare: async () => {
        service.clock.freezeAt('2033-05-10T12:00:00Z');
        await consume(service, { userId, amounts: units(10) });
        service.clock.freezeAt('2033-06-01T00:00:00Z');
      },
      verb: (from) => rollOver(from, userId),
      expected: async () => {
        const account = await service.account(userId);
        expect(counterOf(account)).toMatchObject({ used: 0, remaining: 100, lifetime: 10 });
        const plan = await service.plans.newest('free');
        expect(plan && advance(account, plan, service.now())).toEqual(account);
        expect(account.version).toBe(2);
      },
    });
    expect(deaths).toBeGreaterThanOrEqual(4);
  });
});
