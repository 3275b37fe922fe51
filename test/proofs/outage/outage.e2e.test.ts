import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { hangTable, type StackBehindProxy, startStackBehindProxy } from '../../support/hung-table.ts';
import { consumeOnce } from './steady-callers.ts';

let behind: StackBehindProxy;
beforeAll(async () => {
  const assemblyFolder = inject('assemblyFolder');
  behind = await startStackBehindProxy({ assemblyFolder, maxEnvironments: 8 });
});
afterAll(() => behind?.stop());

describe('when DynamoDB', () => {
  test('hangs, every call gets 503 with Retry-After, without a retry storm, and all succeed soon after', async () => {
    const report = await hangTable(behind, { hangMs: 5_000, callsPerSecond: 3, aroundMs: 3_000 });
    const { calls, requests, environments, normalAfterMs, before, after } = report;
    for (const { status } of before) expect(status).toBe(200);
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) {
      expect(call).toMatchObject({ status: 503, code: 'outcome_unknown', retryAfter: '1' });
      // Two seconds, plus the delay of a busy test machine.
      expect(call.tookMs).toBeLessThan(5_000);
    }
    // A silent table is retried once by an environment, and then only by new calls.
    expect(requests).toBeLessThanOrEqual(calls.length + environments);
    expect(after.at(-1)).toMatchObject({ status: 200 });
    expect(normalAfterMs).toBeLessThanOrEqual(5_000);
  });

  test('throttles one key, its callers get 503 with Retry-After, the others succeed', async () => {
    const { stack, proxy } = behind;
    const from = proxy.requests.length;
    proxy.follow(({ writes }) => (writes.has('{"S":"ACCOUNT#hot"}') ? 'throttled' : undefined));
    const { url, serviceKey: key } = stack;
    const userIds = Array.from({ length: 120 }, (_, n) => (n % 2 === 0 ? 'hot' : `steady-${n % 20}`));
    for (let sent = 0; sent < userIds.length; sent += 4) {
      const some = userIds.slice(sent, sent + 4);
      for (const { userId, ...call } of await Promise.all(some.map((id) => consumeOnce({ url, key }, id)))) {
        if (userId !== 'hot') expect(call).toMatchObject({ status: 200 });
        else expect(call).toMatchObject({ status: 503, code: 'unavailable', retryAfter: '1' });
      }
    }
    const throttled = proxy.requests.slice(from).filter(({ fault }) => fault === 'throttled').length;
    // The environments' saved retries, and a tenth per successful call.
    expect(throttled).toBeLessThanOrEqual(60 + 8 * 10 + 60 * 0.1);
  });
});
