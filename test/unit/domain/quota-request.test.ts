import { expect, it } from 'vitest';
import { sumAmounts } from '../../../shared/domain/quota-request.ts';

it('a repeated feature is counted once, with the sum of its amounts', () => {
  const items = [
    { type: 'upload', amount: 2 },
    { type: 'storage', amount: 7 },
    { type: 'upload', amount: 3 },
  ];
  expect([...sumAmounts(items)]).toEqual([
    ['upload', 5],
    ['storage', 7],
  ]);
  expect(sumAmounts([]).size).toBe(0);
});
