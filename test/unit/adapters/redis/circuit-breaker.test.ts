import { expect, test } from 'vitest';
import { CircuitBreaker } from '../../../../shared/adapters/redis/circuit-breaker.ts';

function failed(times: number, at = 0): CircuitBreaker {
  const breaker = new CircuitBreaker({ failures: 3, openMs: 1_000 });
  for (let count = 0; count < times; count += 1) breaker.failed(at);
  return breaker;
}

test('the third failure in a row opens it', () => {
  expect(failed(2).admits(0)).toBe(true);
  expect(failed(3).admits(0)).toBe(false);
});

test('failures that are not consecutive do not open it', () => {
  const breaker = failed(2);
  breaker.succeeded();
  breaker.failed(0);
  breaker.failed(0);
  expect(breaker.admits(0)).toBe(true);
});

test('lets one probe through after its open time, and no other until that probe ends', () => {
  const breaker = failed(3);
  expect(breaker.admits(999)).toBe(false);
  expect(breaker.admits(1_000)).toBe(true);
  expect(breaker.admits(1_000)).toBe(false);
});

test('a successful probe closes it', () => {
  const breaker = failed(3);
  breaker.admits(1_000);
  breaker.succeeded();
  expect([breaker.admits(1_001), breaker.admits(1_001)]).toEqual([true, true]);
});

test('a failed probe opens it for its full time again', () => {
  const breaker = failed(3);
  breaker.admits(1_000);
  breaker.failed(1_050);
  expect(breaker.admits(2_049)).toBe(false);
  expect(breaker.admits(2_050)).toBe(true);
});

test('a probe that never ends does not keep it open for good', () => {
  const breaker = failed(3);
  breaker.admits(1_000);
  expect(breaker.admits(2_000)).toBe(true);
});
