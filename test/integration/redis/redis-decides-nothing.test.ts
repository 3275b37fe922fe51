import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisClient } from '../../../shared/adapters/redis/redis-client.ts';
import { projectChanges } from '../../../shared/usecases/ledger/project-changes.ts';
import { check } from '../../../shared/usecases/quota/check.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { type CachedEnvironment, cachedEnvironment } from '../../support/caches.ts';
import { seededRandom } from '../../support/faulty-client.ts';
import { type FragileRedis, startFragileRedis } from '../../support/redis.ts';
import { createTestService, type TestService } from '../../support/service.ts';

const LIMIT = 100;
const USERS = 5;
const CALLS = 600;
const BUDGET_MS = 50;

let service: TestService;
let fragile: FragileRedis;
beforeAll(async () => {
  service = await createTestService();
  fragile = await startFragileRedis();
});
afterAll(async () => {
  await fragile.stop();
  await service.table.drop();
});

const admin = () => new RedisClient({ ...fragile, budgetMs: 2_000 });

/** Copies every user's entries to a backup, or back. */
async function copyEntries(from: string, to: string): Promise<void> {
  const script = `for _, key in ipairs(redis.call('KEYS', ARGV[1] .. 'user:*')) do
    redis.call('COPY', key, ARGV[2] .. string.sub(key, #ARGV[1] + 1), 'REPLACE') end return 1`;
  const answer = await admin().ask((commands) => commands.eval(script, [], [from, to]));
  expect(answer.code).toBe('answered');
}

interface Fault {
  /** Before the calls begin. */
  readonly prepare?: () => Promise<unknown>;
  /** After a third of the calls. */
  readonly strike: () => Promise<unknown>;
  readonly mend?: () => Promise<unknown>;
}

const FAULTS: Record<string, Fault> = {
  down: { strike: () => fragile.shutDown(), mend: () => fragile.restart() },
  'hung for 5 s': { strike: () => fragile.hang(5_000), mend: () => sleep(5_000) },
  flushed: { strike: () => fragile.flush() },
  'rolled back to an older snapshot': {
    prepare: () => copyEntries('', 'snapshot:'),
    strike: () => copyEntries('snapshot:', ''),
  },
};

interface Answered {
  readonly userId: string;
  readonly version: number;
  readonly remaining: number | undefined;
  readonly ms: number;
}

/**
 * Alternates consumes and checks, from several environments, while the projector runs and the fault occurs.
 */
async function storm(environments: readonly CachedEnvironment[], userIds: readonly string[], fault: Fault) {
  const [random, limit, inTurn] = [seededRandom(7), pLimit(8), pLimit(1)];
  const admitted = new Map<string, number>();
  const checks: Answered[] = [];
  const one = async (index: number): Promise<void> => {
    const environment = environments[index % environments.length];
    const userId = userIds[Math.floor(random() * userIds.length)] ?? '';
    if (!environment) return;
    if (index === CALLS / 3) await fault.strike();
    if (index % 150 === 149) {
      await inTurn(async () => {
        const changes = await service.stream.changes();
        const ours = changes.filter(({ after }) => userIds.includes(after.userId));
        await projectChanges(environment, ours);
      });
    }
    if (index % 2 === 0) {
      const amounts = new Map([['aiRequest', 1 + Math.floor(random() * 3)]]);
      const { code } = await consume(environment, { userId, amounts });
      const units = code === 'changed' ? (amounts.get('aiRequest') ?? 0) : 0;
      admitted.set(userId, (admitted.get(userId) ?? 0) + units);
      return;
    }
    const startedAt = performance.now();
    const { account } = await check(environment.reads, { userId, amounts: new Map([['aiRequest', 1]]) });
    const ms = performance.now() - startedAt;
    const remaining = account.counters.get('aiRequest')?.[0]?.remaining;
    checks.push({ userId, version: account.version, remaining, ms });
  };
  await Promise.all(Array.from({ length: CALLS }, (_, index) => limit(() => one(index))));
  return { admitted, checks };
}

/** Every remaining that an account ever had, by its version. */
async function history(userIds: readonly string[]): Promise<Map<string, number | undefined>> {
  const remainings = new Map(userIds.map((userId) => [`${userId} 0`, LIMIT as number | undefined]));
  for (const { after } of await service.stream.changes()) {
    remainings.set(`${after.userId} ${after.version}`, after.counters.get('aiRequest')?.[0]?.remaining);
  }
  return remainings;
}

describe('Redis decides nothing', () => {
  test.each(Object.entries(FAULTS))(
    '%s in mid-run: never over the limit, no wrong answer',
    async (_, fault) => {
      const userIds = Array.from({ length: USERS }, () => randomUUID());
      const environments = Array.from({ length: 3 }, () =>
        cachedEnvironment(service, new RedisClient({ ...fragile, budgetMs: BUDGET_MS })),
      );
      for (const [index, environment] of environments.entries()) {
        const userId = userIds[index] ?? '';
        await consume(environment, { userId, amounts: new Map([['aiRequest', 1]]) });
        await check(environment.reads, { userId, amounts: new Map([['aiRequest', 1]]) });
      }
      const before = new Map<string, number>();
      for (const userId of userIds.slice(0, environments.length)) before.set(userId, 1);
      await fault.prepare?.();

      const { admitted, checks } = await storm(environments, userIds, fault);

      for (const userId of userIds) {
        const counter = (await service.account(userId)).counters.get('aiRequest')?.[0];
        const units = (admitted.get(userId) ?? 0) + (before.get(userId) ?? 0);
        expect(counter?.used, 'usage equals admissions').toBe(units);
        expect(units).toBeLessThanOrEqual(LIMIT);
      }
      // A check may return the past, never a state that did not exist: its figures are those of its version.
      const remainings = await history(userIds);
      const wrong = checks.filter(
        ({ userId, version, remaining }) => remainings.get(`${userId} ${version}`) !== remaining,
      );
      expect(wrong).toEqual([]);
      // Two calls at most and their reads of the table; generous, since the machine is busy.
      expect(Math.max(...checks.map(({ ms }) => ms))).toBeLessThan(2 * BUDGET_MS + 1_500);

      await fault.mend?.();
      for (const userId of userIds) {
        const truth = await service.account(userId);
        for (const environment of environments) {
          const amounts = new Map([['aiRequest', 1]]);
          const { account } = await check(environment.reads, { userId, amounts, consistent: true });
          expect(account).toEqual(truth);
          const checked = await check(environment.reads, { userId, amounts, minVersion: truth.version });
          expect(checked.account.version).toBe(truth.version);
        }
      }
      await service.expectLedgerToBalance();
    },
  );

  test('hung: at most 3 calls in a row wait for it, then one every 2 s', async () => {
    const redis = new RedisClient({ ...fragile, budgetMs: BUDGET_MS });
    const environment = cachedEnvironment(service, redis);
    await fragile.hang(5_000);
    const startedAt = performance.now();
    for (let call = 0; call < 200; call += 1) {
      const amounts = new Map([['aiRequest', 1]]);
      expect((await check(environment.reads, { userId: randomUUID(), amounts })).code).toBe('allowed');
    }
    const probes = Math.ceil((performance.now() - startedAt) / 2_000);
    expect(redis.counters.failures).toBeGreaterThanOrEqual(3);
    expect(redis.counters.failures).toBeLessThanOrEqual(3 + probes);
    expect(redis.counters.shortCircuited).toBeGreaterThan(150);
    await fragile.hang(0);
  });

  test('consume never calls it, nor does any verb that uses units', async () => {
    const environment = cachedEnvironment(service, admin());
    const userId = randomUUID();
    for (let call = 0; call < 60; call += 1) {
      await consume(environment, { userId, amounts: new Map([['aiRequest', 2]]) });
    }
    expect(environment.redis.counters).toMatchObject({ calls: 0, failures: 0, shortCircuited: 0 });
  });

  test('a corrupt cache admits nothing', async () => {
    const environment = cachedEnvironment(service, admin());
    const userId = randomUUID();
    await consume(environment, { userId, amounts: new Map([['aiRequest', LIMIT]]) });
    const account = await service.account(userId);
    const [counter] = account.counters.get('aiRequest') ?? [];
    if (!counter) throw new Error('no counter');
    const lie = {
      ...account,
      version: 99,
      counters: new Map([['aiRequest', [{ ...counter, used: 0, remaining: LIMIT }]]]),
    };
    await environment.quota.put(userId, { value: lie, version: 99, asOf: 0 });
    const amounts = new Map([['aiRequest', 1]]);
    expect((await check(environment.reads, { userId, amounts })).code).toBe('allowed');
    expect((await consume(environment, { userId, amounts })).code).toBe('denied');
    expect((await check(environment.reads, { userId, amounts, consistent: true })).code).toBe('denied');
  });
});
