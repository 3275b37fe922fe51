import { expect, it } from 'vitest';
import { sumAmounts } from '../../../shared/domain/quota-request.ts';

it('a feature named twice is counted once, with both amounts', () => {
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
