import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AccountScan } from '../../../shared/adapters/dynamodb/account-scan.ts';
import type { JobContext } from '../../../shared/usecases/jobs/running-job.ts';
import {
  type RollOutPlanDeps,
  type RollOutRequest,
  rollOutPlan,
} from '../../../shared/usecases/plans/roll-out-plan.ts';
import { setUserPlan } from '../../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { reserve } from '../../../shared/usecases/quota/reserve.ts';
import { mapConcurrently } from '../../../shared/usecases/retry/retry.ts';
import { jobContext } from '../../support/jobs.ts';
import { counterOf, units } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';

const storage = (limit: number) => ({ feature: 'storage', limit, interval: 'never' }) as const;

let service: TestService;
let planId: string;
let users: string[];

beforeAll(async () => {
  service = await createTestService();
});
beforeEach(async () => {
  service.clock.freezeAt('2033-05-10T12:00:00Z');
  planId = `plan-${randomUUID().slice(0, 8)}`;
  await service.createPlan(planId, [{ limit: 10 }, storage(10)]);
  users = Array.from({ length: 45 }, () => randomUUID());
  const made = await mapConcurrently(service, users, async (userId) => {
    await setUserPlan(service, { userId, planId, idempotencyKey: 'plan' });
    await consume(service, { userId, amounts: units(8, 'storage'), idempotencyKey: 'use' });
  });
  expect(made.filter(({ status }) => status === 'rejected')).toEqual([]);
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

const deps = (more: Partial<RollOutPlanDeps> = {}): RollOutPlanDeps => ({
  ...service.environment(),
  accountScan: new AccountScan({ client: service.table.documentClient, name: service.table.tableName }),
  sleep: async () => {},
  ...more,
});
const rollOut = (more: Partial<RollOutRequest> = {}, context: Partial<JobContext> = {}, own = {}) =>
  rollOutPlan(deps(own), { planId, ...more }, jobContext(context));
const edit = async (...allowances: Parameters<TestService['createPlan']>[1]) =>
  service.createPlan(planId, allowances);
const versions = async () => {
  const accounts = await Promise.all(users.map((userId) => service.account(userId)));
  return new Set(accounts.map(({ plan }) => plan.version));
};

describe('the rollout of an edited plan', () => {
  test('moves all users of the plan to its newest version, and no others', async () => {
    const other = randomUUID();
    await setUserPlan(service, { userId: other, planId: 'free' });
    await edit({ limit: 4 }, storage(12), { feature: 'upload', limit: 3, interval: 'day' });
    const { counts, isComplete } = await rollOut();
    expect({ counts, isComplete }).toEqual({
      isComplete: true,
      counts: { processed: 45, failed: 0, moved: 45, alreadyDone: 0, outdated: 0, overLimit: 0 },
    });
    for (const userId of users) {
      const account = await service.account(userId);
      expect(account).toMatchObject({
        plan: { version: 2 },
        version: 3,
        change: { kind: 'plan', reason: 'plan rollout' },
      });
      expect(counterOf(account)).toMatchObject({ limit: 4, used: 0 });
      expect(counterOf(account, 'storage')).toMatchObject({ limit: 12, used: 8, remaining: 4 });
      expect(counterOf(account, 'upload')).toMatchObject({ limit: 3 });
    }
    expect(await service.account(other)).toMatchObject({ version: 1, plan: { id: 'free', version: 1 } });
  });

  test('repeated finds nothing to do', async () => {
    await edit({ limit: 20 });
    await rollOut();
    expect((await rollOut()).counts).toMatchObject({ processed: 0, moved: 0 });
    expect((await service.account(users[0] ?? '')).version).toBe(3);
  });

  test('reports users over a limit, first as a dry run that changes nothing', async () => {
    await edit({ limit: 10 }, storage(5));
    const tried = await rollOut({ dryRun: true });
    expect(tried).toMatchObject({
      isComplete: true,
      counts: { processed: 45, moved: 0, outdated: 45, overLimit: 45 },
    });
    expect(await versions()).toEqual(new Set([1]));
    expect((await rollOut()).counts).toMatchObject({ moved: 45, overLimit: 45 });
    expect(counterOf(await service.account(users[0] ?? ''), 'storage')).toMatchObject({ remaining: -3 });
  });

  test('that is cut short is continued', async () => {
    await edit({ limit: 20 });
    let checkpoint: string | undefined;
    let moved = 0;
    let runs = 0;
    for (let isComplete = false; !isComplete; runs += 1) {
      let looks = 0;
      const mayContinue = () => {
        looks += 1;
        return looks <= 5;
      };
      const progress: JobContext['progress'] = (_, position) => {
        checkpoint = position ?? checkpoint;
      };
      const result = await rollOut({}, { mayContinue, checkpoint, progress });
      ({ isComplete } = result);
      moved += result.counts.moved ?? 0;
      expect(runs).toBeLessThan(30);
    }
    expect(runs).toBeGreaterThan(1);
    expect(moved).toBe(45);
    expect(await versions()).toEqual(new Set([2]));
  });

  test('begins anew where the plan was edited since it was cut short', async () => {
    await edit({ limit: 20 });
    let checkpoint: string | undefined;
    await rollOut(
      {},
      {
        progress: (_, position) => {
          checkpoint = position;
        },
      },
    );
    expect(checkpoint).toContain('done');
    await edit({ limit: 30 });
    expect((await rollOut({}, { checkpoint })).counts).toMatchObject({ moved: 45 });
    expect(await versions()).toEqual(new Set([3]));
  });

  test('does not resume a dry run', async () => {
    await edit({ limit: 20 });
    let checkpoint: string | undefined;
    const progress: JobContext['progress'] = (_, position) => {
      checkpoint = position;
    };
    await rollOut({ dryRun: true }, { progress });
    expect((await rollOut({}, { checkpoint })).counts).toMatchObject({ moved: 45 });
  });

  test('concurrent with users’ requests gives each the version once, and loses nothing', async () => {
    await edit({ limit: 20 }, storage(20));
    const [first, second, ...uses] = await Promise.all([
      rollOut(),
      rollOut(),
      ...users.map((userId) => consume(service.environment(), { userId, amounts: units(9, 'storage') })),
    ]);
    expect(first.counts.failed + second.counts.failed).toBe(0);
    expect((first.counts.moved ?? 0) + (second.counts.moved ?? 0)).toBeLessThanOrEqual(45);
    expect(uses.every(({ code }) => code === 'changed')).toBe(true);
    for (const userId of users) {
      const account = await service.account(userId);
      expect(account.plan.version).toBe(2);
      expect(account.version).toBeLessThanOrEqual(4);
      expect(counterOf(account, 'storage')).toMatchObject({ limit: 20, used: 17 });
    }
  });

  test('closes expired periods on the way, and keeps open reservations', async () => {
    const [first = '', second = ''] = users;
    await consume(service, { userId: first, amounts: units(7) });
    await reserve(service, { userId: second, amounts: units(3), ttlSeconds: 86_400 });
    await edit({ limit: 5 }, storage(10));
    service.clock.freezeAt('2033-06-01T00:00:01Z');
    expect((await rollOut()).counts).toMatchObject({ failed: 0, processed: 45 });
    expect(counterOf(await service.account(first))).toMatchObject({ limit: 5, used: 0, lifetime: 7 });
    expect(await versions()).toEqual(new Set([2]));
  });

  test('waits until no function applies the version before it any more', async () => {
    await edit({ limit: 20 });
    const pauses: number[] = [];
    const sleep = async (ms: number) => {
      pauses.push(ms);
    };
    await rollOut({}, {}, { sleep });
    expect(pauses[0]).toBe(3_000);
  });

  test('of an unknown plan fails', async () => {
    await expect(rollOut({ planId: 'nothing' })).rejects.toThrow('there is no plan "nothing"');
  });
});
