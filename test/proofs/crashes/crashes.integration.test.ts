import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ledgerFindings } from '../../../shared/domain/ledger-audit.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { EVERYTHING, setEnvironment } from '../../support/api.ts';
import { DYNAMODB } from '../../support/fault-proxy/dynamodb-protocol.ts';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy/fault-proxy.ts';
import { counterOf } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';
import { FunctionProcess, KILLED, killAfter } from './function-process.ts';

/** From `npm run test:crashes`, or few. */
const KILLS = Number(process.env.CRASH_KILLS ?? '2');
const TIMEOUT_MS = 60_000 + KILLS * 30_000;

let service: TestService;
/** Between the processes and the table. */
let proxy: FaultProxy;
const processes: FunctionProcess[] = [];
/** Killed at the end of the test at the latest. */
const start = (): FunctionProcess => {
  const started = new FunctionProcess({ proxy });
  processes.push(started);
  return started;
};

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('free', [{ limit: 60 }, { feature: 'upload', limit: 1_000, interval: 'day' }]);
  setEnvironment(service.table.tableName, inject('dynamodbEndpoint'));
  proxy = await startFaultProxy({ upstream: inject('dynamodbEndpoint'), protocol: DYNAMODB });
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((one) => one.kill()));
});
afterAll(async () => {
  await proxy.stop();
  await service.table.drop();
});
/** 1 … most */
const random = (most: number) => 1 + Math.floor(Math.random() * most);

describe('a process that is killed', () => {
  it(
    'while it charges: answered calls are charged once, unanswered ones at most once, and after a retry once',
    async () => {
      for (let kills = 0; kills < KILLS; kills += 1) {
        const [victim, heir] = [start(), start()];
        const userId = randomUUID();
        const send = (from: FunctionProcess, key: string) =>
          from.call('consumeQuota', {
            caller: EVERYTHING,
            headers: { 'idempotency-key': key },
            body: { userId, type: 'aiRequest', amount: 2 },
          });
        const charged = new Set<string>();
        const denied = new Set<string>();
        const unanswered: string[] = [];
        const note = (key: string, answer: Awaited<ReturnType<typeof send>>) => {
          if (answer === KILLED) unanswered.push(key);
          else if (answer.status === 200) charged.add(key);
          else denied.add(key);
        };
        // The first call loads its code.
        const first = randomUUID();
        note(first, await send(victim, first));
        const caller = async () => {
          for (;;) {
            const key = randomUUID();
            const answer = await send(victim, key);
            note(key, answer);
            if (answer === KILLED) return;
          }
        };
        killAfter(random(40), victim, proxy);
        await Promise.all([caller(), caller(), caller(), caller()]);
        expect(unanswered.length).toBeGreaterThan(0);

        const [again, ...forgotten] = unanswered;
        if (again) note(again, await send(heir, again));
        await service.expectLedgerToBalance();
        const entries = await service.ledger.newest(userId, 1_000);
        const charges = (key: string) => entries.filter(({ operationId }) => operationId === key).length;
        for (const key of charged) expect(charges(key), 'answered').toBe(1);
        for (const key of denied) expect(charges(key), 'denied').toBe(0);
        for (const key of forgotten) expect(charges(key), 'not answered').toBeLessThanOrEqual(1);
        const { used } = counterOf(await service.account(userId));
        expect(used).toBe(2 * entries.length);
        expect(used).toBeLessThanOrEqual(60);
      }
    },
    TIMEOUT_MS,
  );

  it(
    'while it projects: the batch is retried, and ledger, records and usage are complete',
    async () => {
      const users: string[] = Array.from({ length: 3 }, () => randomUUID());
      const keys = new Map(users.map((userId) => [userId, [] as string[]]));
      for (let round = 0; round < 10; round += 1) {
        for (const userId of users) {
          const idempotencyKey = round % 2 === 0 ? randomUUID() : undefined;
          if (idempotencyKey) keys.get(userId)?.push(idempotencyKey);
          await consume(service, { userId, amounts: new Map([['upload', 2]]), idempotencyKey });
        }
      }
      const records = await service.stream.records();
      const mine = records.filter(({ dynamodb }) => users.includes((dynamodb?.Keys?.pk?.S ?? '').slice(8)));
      expect(mine).toHaveLength(30);

      // The first batch warms the process to be killed; the others are retried after every kill, and succeed
      // in the end.
      const [warm, ...batches] = [mine.slice(0, 10), mine.slice(10, 20), mine.slice(20)];
      for (const [index, batch] of batches.entries()) {
        for (let kills = index; kills < KILLS; kills += batches.length) {
          const victim = start();
          await victim.invoke('projector/handler', { Records: warm });
          killAfter(random(6), victim, proxy);
          expect(await victim.invoke('projector/handler', { Records: batch })).toBe(KILLED);
        }
        await start().invoke('projector/handler', { Records: batch });
      }

      for (const userId of users) {
        const account = await service.account(userId);
        const entries = await service.ledger.newest(userId, 1_000);
        expect(ledgerFindings(account, entries)).toEqual([]);
        for (const key of keys.get(userId) ?? []) {
          expect(await service.ledger.findRecord(userId, key)).toMatchObject({ operationId: key });
        }
        const days = await service.usage.days(userId, 'upload', '2026-01-01', '2099-12-31');
        expect(days.reduce((sum, { used }) => sum + used, 0)).toBe(20);
      }
    },
    TIMEOUT_MS,
  );
});
