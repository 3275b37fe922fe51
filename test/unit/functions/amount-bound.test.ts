import { describe, expect, test } from 'vitest';
import { amountTooLarge } from '../../../functions/http/amount-bound.ts';
import { AMOUNT_BOUND, MAX_OPEN_RESERVATIONS, type OperationName } from '../../../shared/contract.ts';
import { MAX_AMOUNT } from '../../../shared/domain/account.ts';
import type { ApiRequest } from '../../support/api.ts';
import { expectRefused, send } from '../../support/refused-input.ts';

const { byDefault, most } = AMOUNT_BOUND;
const use = { userId: 'u', type: 'aiRequest' };
const reservation = { path: { reservationId: 'r' } };
const batch = (...amounts: number[]) => ({
  userId: 'u',
  items: amounts.map((amount) => ({ type: 'aiRequest', amount })),
});

/** Every route that consumes, reserves, confirms or checks units. */
const BOUNDED: [OperationName, string, ApiRequest, (amount: number) => object][] = [
  ['consumeQuota', 'amount', {}, (amount) => ({ ...use, amount })],
  ['checkQuota', 'amount', {}, (amount) => ({ ...use, amount })],
  ['checkAndConsumeQuota', 'amount', {}, (amount) => ({ ...use, amount })],
  ['createReservation', 'amount', {}, (amount) => ({ ...use, amount })],
  ['confirmReservation', 'amount', reservation, (amount) => ({ userId: 'u', amount })],
  ['batchConsumeQuota', 'items[1].amount', {}, (amount) => batch(1, amount)],
];

describe('The amount of one operation', () => {
  test.each(BOUNDED)(
    '%s: more than the bound is refused, with the field and the bound',
    async (name, path, request, bodyOf) => {
      for (const amount of [byDefault + 1, MAX_AMOUNT]) {
        const answer = await send(name, { ...request, body: bodyOf(amount) });
        expectRefused(answer, path);
        expect(answer).toMatchObject({
          status: 400,
          body: { code: 'amount_too_large', detail: expect.stringContaining(`at most ${byDefault}`) },
        });
      }
    },
  );

  test('applies to the sum of a feature that a batch repeats', async () => {
    const answer = await send('batchConsumeQuota', { body: batch(byDefault, 1) });
    expectRefused(answer, 'items');
    expect(answer.body).toMatchObject({ code: 'amount_too_large' });
    expect(answer.body.detail).toContain(`at most ${byDefault} of "aiRequest"`);
  });

  test('reports every item that is too large, and sums no others', () => {
    const items = [
      { type: 'a', amount: 6 },
      { type: 'b', amount: 10 },
      { type: 'c', amount: 11 },
      { type: 'a', amount: 5 },
      { type: 'd', amount: 12 },
    ];
    const problem = amountTooLarge({ items }, 10);
    expect(problem?.errors?.map(({ path }) => path)).toEqual(['items[2].amount', 'items[4].amount', 'items']);
    expect(amountTooLarge({ items: items.slice(0, 2) }, 10)).toBeUndefined();
  });

  test('may be set no higher than open reservations can hold exactly together', () => {
    expect(byDefault).toBe(10 ** 12);
    expect(Number.isSafeInteger(most * MAX_OPEN_RESERVATIONS)).toBe(true);
    expect(Number.isSafeInteger((most + 1) * MAX_OPEN_RESERVATIONS)).toBe(false);
  });
});
