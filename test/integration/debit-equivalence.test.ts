import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromAccountItem, toAccountItem } from '../../shared/adapters/dynamodb/account-codec.ts';
import {
  type Account,
  type Amounts,
  type Counter,
  FAR_FUTURE,
  MAX_AMOUNT,
  recount,
} from '../../shared/domain/account.ts';
import { advance } from '../../shared/domain/advance.ts';
import { isCountable } from '../../shared/domain/count-use.ts';
import { debit } from '../../shared/domain/debit.ts';
import { decide } from '../../shared/domain/decide.ts';
import { DEDUPE_WINDOW } from '../../shared/domain/dedupe-window.ts';
import { nextVersion } from '../../shared/domain/next-version.ts';
import { fingerprintOf } from '../../shared/domain/operation.ts';
import { CounterLayoutCache } from '../../shared/usecases/quota/counter-layout-cache.ts';
import { anyStory, replay } from '../support/random-accounts.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await createTestService({ stream: false });
});
afterAll(() => service.table.drop());

/** What may speak against a request. Mostly one thing at a time, so that each clause has to refuse by itself. */
const TROUBLES = [
  'suspended',
  'plan over',
  'period over',
  'no room',
  'floor passed',
  'known',
  'known to another request',
  'a unit too much',
  'counted to the largest integer',
  'remaining at the least integer',
  'feature unheard of',
  'shape unknown',
  'shape of another',
  'due index behind',
] as const;
type Trouble = (typeof TROUBLES)[number];
const anyTroubles: fc.Arbitrary<ReadonlySet<Trouble>> = fc
  .oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 12, arbitrary: fc.constantFrom(...TROUBLES).map((trouble) => [trouble]) },
    { weight: 3, arbitrary: fc.subarray([...TROUBLES], { maxLength: 3 }) },
  )
  .map((troubles) => new Set(troubles));

/** Figures that no blind write may add to: the account is read and saved then. */
function atTheWall(counter: Counter, troubles: ReadonlySet<Trouble>): Counter {
  if (troubles.has('counted to the largest integer')) return recount(counter, { lifetime: MAX_AMOUNT });
  const isDeep = troubles.has('remaining at the least integer') && !counter.enforced;
  return isDeep ? { ...counter, remaining: -MAX_AMOUNT } : counter;
}

/** Which of the account's features are asked for, and how much: a part of what is left, or all of it. */
const anyWish = fc.array(fc.record({ feature: fc.nat(9), part: fc.constantFrom(0, 0.3, 1) }), {
  minLength: 1,
  maxLength: 4,
});

function troubled(account: Account, amounts: Amounts, troubles: ReadonlySet<Trouble>, now: number): Account {
  const operations = new Map(account.operations);
  const wanted = troubles.has('no room') ? DEDUPE_WINDOW.room : 0;
  for (let index = operations.size; index < wanted; index += 1) {
    operations.set(`operation-number${index}`, {
      fingerprint: 'abcdef',
      keyed: false,
      isSettled: false,
      acceptedAtSeconds: 1,
    });
  }
  const counters = new Map(
    [...account.counters].map(([feature, list]) => [
      feature,
      list.map((counter) => (amounts.has(feature) ? atTheWall(counter, troubles) : counter)),
    ]),
  );
  return {
    ...account,
    userId: randomUUID(),
    status: troubles.has('suspended') ? 'suspended' : 'active',
    validUntil: troubles.has('plan over') ? now : now + 1,
    operations,
    floor: troubles.has('floor passed') ? now : now - 1,
    counters,
    dueAt: troubles.has('due index behind') ? FAR_FUTURE - 1 : now,
  };
}

function wishedFor(
  wish: { feature: number; part: number }[],
  account: Account,
  troubles: ReadonlySet<Trouble>,
) {
  const features = [...account.counters.keys()];
  const amounts = new Map<string, number>();
  for (const { feature: index, part } of wish) {
    const feature = features[index % features.length] ?? 'none';
    const enforced = (account.counters.get(feature) ?? []).filter((counter) => counter.enforced);
    const left = Math.min(...enforced.map(({ remaining }) => remaining), 100);
    const amount = troubles.has('a unit too much') ? left + 1 : Math.floor(left * part);
    amounts.set(feature, Math.max(1, amount));
  }
  if (troubles.has('feature unheard of')) amounts.set('unheard', 1);
  return amounts;
}

describe('the conditional write', () => {
  it('is applied exactly where decide allows it, and gives exactly the account that the domain gives', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        anyStory,
        anyStory,
        anyTroubles,
        anyWish,
        async (story, otherStory, troubles, wish) => {
          const { images, now: end } = replay(story);
          const last = images.at(-1);
          const other = replay(otherStory).images.at(-1);
          if (!last || !other) return;
          const current = advance(last, story.plan, end);
          const amounts = wishedFor(wish, current, troubles);
          const asked = [...amounts.keys()].flatMap((feature) => current.counters.get(feature) ?? []);
          const ends = Math.min(...asked.map(({ periodEnd }) => periodEnd));
          const now = troubles.has('period over') ? ends : ends - 1;
          const account = troubled(current, amounts, troubles, now);
          const isKnown = troubles.has('known') || troubles.has('known to another request');
          const operation = {
            id: isKnown ? last.change.operationId : `new-${randomUUID()}`,
            keyed: true,
            fingerprint: troubles.has('known')
              ? last.change.fingerprint
              : fingerprintOf({ kind: 'consume', amounts }),
          };
          const { id: operationId, keyed, fingerprint } = operation;
          const change = { kind: 'consume' as const, operationId, keyed, fingerprint, at: now, amounts };
          const isShapeRight = !troubles.has('shape unknown') && !troubles.has('shape of another');
          const shapeSource = troubles.has('shape of another') ? other : account;
          const layout = troubles.has('shape unknown')
            ? new Map()
            : new CounterLayoutCache().learn(shapeSource);
          await service.table.documentClient.send(
            new PutCommand({ TableName: service.table.tableName, Item: toAccountItem(account) }),
          );

          const asOf = now - 1;
          const decision = decide(account, { amounts, operation, asOf }, now).code;
          const isIndexed = asked.every(({ periodEnd }) => (account.dueAt ?? FAR_FUTURE) <= periodEnd);
          const isExact = [...amounts].every(([feature, amount]) =>
            (account.counters.get(feature) ?? []).every((counter) => isCountable(counter, amount)),
          );
          const result = await service.accounts.debit({
            userId: account.userId,
            amounts,
            change,
            layout,
            now,
            asOf,
          });
          if (result.code === 'saved') {
            const stored = fromAccountItem(toAccountItem(account));
            const expected = { ...nextVersion(debit(stored, amounts), change), dueAt: account.dueAt };
            expect(decision).toBe('allowed');
            expect({ isIndexed, isExact }).toEqual({ isIndexed: true, isExact: true });
            expect(toAccountItem(result.account)).toEqual(toAccountItem(expected));
          } else {
            expect(result.account && toAccountItem(result.account)).toEqual(toAccountItem(account));
            if (decision === 'allowed' && isIndexed && isExact) expect(isShapeRight).toBe(false);
          }
          const kind = `${result.code} ${decision}${isIndexed ? '' : ', due index behind'}${isExact ? '' : ', not countable'}`;
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
        },
      ),
      { numRuns: 600, endOnFailure: true, seed: 20_331_101 },
    );
    // The property says something only if every kind of account and request came by.
    const refusals = [
      'exceeded',
      'replayed',
      'key_reused',
      'period_over',
      'plan_over',
      'suspended',
      'no_room',
      'outdated',
    ];
    for (const kind of [
      ...refusals,
      'unknown_feature',
      'allowed, due index behind',
      'allowed, not countable',
    ]) {
      expect(seen.get(`refused ${kind}`) ?? 0, kind).toBeGreaterThan(5);
    }
    expect(seen.get('saved allowed')).toBeGreaterThan(100);
  });
});
