import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PlanStore } from '../../../shared/adapters/dynamodb/plan-store.ts';
import type { Plan } from '../../../shared/domain/plan.ts';
import { warmUpPlans } from '../../../shared/usecases/plans/warm-up-plans.ts';
import { call } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

/** With plans of this size DynamoDB's page of 1 MB ends before the last of them. */
const PLANS = 220;

let api: SeededApi;
let ids: readonly string[];
let store: PlanStore;
beforeAll(async () => {
  api = await createSeededApi();
  store = new PlanStore({ client: api.table.documentClient, name: api.table.tableName }, Date.now);
  const plans = Array.from({ length: PLANS }, (_, index) => largePlan(`plan-${index}`));
  for (let from = 0; from < PLANS; from += 20) {
    await Promise.all(plans.slice(from, from + 20).map((plan) => store.saveVersion(plan)));
  }
  ids = [...plans.map(({ id }) => id), 'enterprise', 'free', 'pro'].sort();
});
afterAll(() => api.stop());

/** About 7 KB: the most features and intervals that a plan may have. */
function largePlan(id: string): Plan {
  const allowances = Array.from({ length: 80 }, (_, index) => ({
    feature: `feature${'x'.repeat(30)}${Math.floor(index / 4)}`,
    limit: 1_000_000 + index,
    interval: (['day', 'week', 'month', 'billing_cycle'] as const)[index % 4] ?? 'day',
    enforced: true,
  }));
  return { id, version: 1, name: 'Large', createdAt: 0, allowances };
}

async function walk(query: Record<string, string> = {}): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body } = await call('listPlans', {
      key: api.serviceKey,
      query: { ...query, ...(cursor && { cursor }) },
    });
    expect(status).toBe(200);
    pages.push(body.plans.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  }
  return pages;
}

describe(`the list of ${PLANS} large plans`, () => {
  test('comes in pages by id, 20 by default, without a gap or a repetition', async () => {
    const pages = await walk();
    expect(pages[0]).toHaveLength(20);
    expect(pages.flat()).toEqual(ids);
  });

  test('comes in pages of up to 100, shorter if plans are large', async () => {
    const pages = await walk({ limit: '100' });
    expect(pages.every(({ length }) => length <= 100)).toBe(true);
    expect(pages.flat()).toEqual(ids);
  });

  test('keeps its place while plans are added before and after the cursor', async () => {
    const first = (await call('listPlans', { key: api.serviceKey, query: { limit: '100' } })).body;
    const added = [largePlan('a-first'), largePlan('z-last')];
    await Promise.all(added.map((plan) => store.saveVersion(plan)));
    const rest: string[] = [];
    for (let cursor = first.nextCursor; cursor !== null; ) {
      const { body } = await call('listPlans', { key: api.serviceKey, query: { limit: '100', cursor } });
      rest.push(...body.plans.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    const listed = [...first.plans.map(({ id }: { id: string }) => id), ...rest];
    expect(listed).toEqual([...ids, 'z-last']);
  });

  test('is complete for the cache, a batch at a time', async () => {
    const cached = new Set<string>();
    let atOnce = 0;
    let most = 0;
    const put = async (id: string) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise(setImmediate);
      atOnce -= 1;
      cached.add(id);
      return true;
    };
    const stored = await warmUpPlans({ planCatalogue: store, planCache: { put }, now: Date.now });
    expect([...cached].sort()).toEqual(expect.arrayContaining([...ids]));
    expect(stored).toBe(cached.size);
    expect(most).toBeLessThanOrEqual(25);
  });

  test.each([
    [{ limit: '0' }, 'limit'],
    [{ limit: '101' }, 'limit'],
    [{ cursor: 'ä' }, 'cursor'],
    [{ after: 'free' }, 'after'],
  ])('refuses %j', async (query, path) => {
    const { status, body } = await call('listPlans', {
      key: api.serviceKey,
      query: query as Record<string, string>, // a row has the keys it has
    });
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body.errors).toMatchObject([{ path }]);
  });
});
