import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WithQuotaOptions } from '../../../functions/middleware/with-quota.ts';
import { call, lambdaContext } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
let withQuota: typeof import('../../../functions/middleware/with-quota.ts').withQuota;
beforeAll(async () => {
  api = await createSeededApi();
  // Loaded late: its modules read the environment on load.
  ({ withQuota } = await import('../../../functions/middleware/with-quota.ts'));
});
afterAll(() => api.stop());

interface Event {
  readonly user?: string;
  readonly size?: number;
  readonly requestContext?: object;
}

/** A product handler that counts its runs. */
function worker(
  type: string,
  amount?: number | ((event: Event) => number),
  options?: WithQuotaOptions<Event>,
) {
  let runs = 0;
  const handler = middy<Event>()
    .use(withQuota<Event>(type, amount, options))
    .handler(async () => {
      runs += 1;
      return { statusCode: 200, body: 'done' };
    });
  return {
    run: (event: Event, context = lambdaContext('worker')) => handler(event, context),
    runs: () => runs,
  };
}

const used = async (userId: string, type: string) => {
  const { body } = await call('getUserQuota', {
    key: api.serviceKey,
    path: { userId },
    query: { consistent: 'true' },
  });
  return body.features.find((feature: { type: string }) => feature.type === type).balance.used;
};
const user = { userId: (event: Event) => event.user };

describe('withQuota', () => {
  test('consumes first, and on denial returns 429 without running the handler', async () => {
    const userId = randomUUID();
    const { run, runs } = worker('upload', 4, user);
    expect(await run({ user: userId })).toMatchObject({ statusCode: 200, body: 'done' });
    expect(await run({ user: userId })).toMatchObject({ statusCode: 200 });
    const denied = await run({ user: userId });
    expect(denied).toMatchObject({
      statusCode: 429,
      headers: { 'Content-Type': 'application/problem+json', 'Retry-After': expect.stringMatching(/^\d+$/) },
    });
    expect(JSON.parse(denied.body)).toMatchObject({ code: 'exceeded', balance: { used: 8, remaining: 2 } });
    expect(runs()).toBe(2);
    expect(await used(userId, 'upload')).toBe(8);
  });

  test('uses the user verified by API Gateway, and no other', async () => {
    const { run } = worker('aiRequest');
    const authorizers = [
      (sub: string) => ({ jwt: { claims: { sub } } }),
      (sub: string) => ({ claims: { sub } }),
      (userId: string) => ({ lambda: { userId } }),
      (principalId: string) => ({ principalId }),
    ];
    for (const authorizer of authorizers) {
      const userId = randomUUID();
      await run({ requestContext: { authorizer: authorizer(userId) } });
      expect(await used(userId, 'aiRequest')).toBe(1);
    }
    await expect(run({ user: 'somebody' })).rejects.toThrow('found no user');
  });

  test('charges an invocation that Lambda retries once, and every HTTP request', async () => {
    const [queued, online] = [randomUUID(), randomUUID()];
    const { run, runs } = worker('aiRequest', 1, { userId: (event) => event.user });
    const context = lambdaContext('worker');
    for (let attempt = 0; attempt < 3; attempt += 1) await run({ user: queued }, context);
    expect(await used(queued, 'aiRequest')).toBe(1);
    for (let request = 0; request < 3; request += 1) await run({ user: online, requestContext: {} }, context);
    expect(await used(online, 'aiRequest')).toBe(3);
    expect(runs()).toBe(6);
  });

  test('takes the amount from the event, and rejects an invalid one', async () => {
    const userId = randomUUID();
    const { run } = worker('storage', (event) => event.size ?? 0, user);
    await run({ user: userId, size: 4_096 });
    expect(await used(userId, 'storage')).toBe(4_096);
    for (const size of [0, -1, 1.5, Number.NaN])
      await expect(run({ user: userId, size })).rejects.toThrow('not an amount');
    expect(() => withQuota('Not A Feature')).toThrow('not the name of a feature');
  });
});
