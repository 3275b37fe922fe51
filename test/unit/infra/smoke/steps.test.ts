import { expect, test } from 'vitest';
import { REVOKE_STEPS } from '../../../../infra/smoke/key-steps.ts';
import { STEPS } from '../../../../infra/smoke/smoke.ts';
import { ROUTES } from '../../../../shared/contract.ts';

test('every route has a step', () => {
  const covered = new Set(STEPS.map(({ operation }) => operation));
  expect(Object.keys(ROUTES).filter((name) => !covered.has(name as keyof typeof ROUTES))).toEqual([]); // its keys
});

test('every route that needs a key is called with success, except where that would reach Stripe', () => {
  const succeeding = new Set(
    STEPS.filter(({ status }) => [status].flat().some((one) => one < 300)).map(({ operation }) => operation),
  );
  const others = Object.keys(ROUTES).filter((name) => !succeeding.has(name as keyof typeof ROUTES)); // its keys
  expect(others).toEqual(['createCheckoutSession', 'createPortalSession', 'receiveStripeEvent']);
});

test('each step has a text of its own', () => {
  const texts = [...STEPS, ...REVOKE_STEPS].map(({ operation, checks }) => `${operation}: ${checks}`);
  expect(new Set(texts).size).toBe(texts.length);
});
