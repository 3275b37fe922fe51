import { describe, expect, it } from 'vitest';
import { AnswerLost, Unavailable } from '../../../../shared/domain/faults.ts';
import {
  OperationRetry,
  type OperationRetryDeps,
} from '../../../../shared/usecases/retry/operation-retry.ts';
import { RetryBudget } from '../../../../shared/usecases/retry/retry-budget.ts';

/** One environment: its clock advances during tries and pauses. */
function environment() {
  let now = 0;
  let sent = 0;
  const deps: OperationRetryDeps = {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    random: () => 0.5,
    retries: new RetryBudget(),
  };
  /** A call whose every try ends by `end` after `tookMs`. */
  const call = async (tookMs: number, end?: () => Error | undefined) => {
    const attempts = new OperationRetry(deps, now, 'op');
    await attempts
      .read(async () => {
        sent += 1;
        now += tookMs;
        const error = end?.();
        if (error) throw error;
      })
      .catch((error: unknown) => error);
  };
  return { call, sent: () => sent };
}

const lost = () => new AnswerLost('lost');
const reset = () => new AnswerLost('reset', { onReuse: true });
const throttled = () => new Unavailable('throttled');

describe('the retries of an environment', () => {
  it('a store that is silent for a second is retried once, then only by new calls', async () => {
    const { call, sent } = environment();
    for (let calls = 0; calls < 30; calls += 1) await call(1_000, lost);
    expect(sent()).toBe(31);
  });

  it.each([
    ['throttles', throttled],
    ['fails at once', lost],
  ])('a store that %s for long receives hardly more requests than calls', async (_, end) => {
    const { call, sent } = environment();
    for (let calls = 0; calls < 1_000; calls += 1) await call(5, end);
    expect(sent()).toBe(1_010);
  });

  it('are at most one in ten calls when half of the calls fail', async () => {
    const { call, sent } = environment();
    for (let calls = 0; calls < 2_000; calls += 1) await call(5, calls % 2 === 0 ? undefined : throttled);
    expect(sent()).toBeLessThanOrEqual(2_000 * 1.1 + 10);
  });

  it('are available again after the store has answered for a while', async () => {
    const { call, sent } = environment();
    for (let calls = 0; calls < 5; calls += 1) await call(1_000, lost);
    for (let calls = 0; calls < 100; calls += 1) await call(5);
    const before = sent();
    await call(1_000, lost);
    expect(sent()).toBe(before + 2);
  });

  it('are not spent on a reset of an idle connection, which is retried at once and once a call', async () => {
    const { call, sent } = environment();
    for (let calls = 1; calls <= 100; calls += 1) {
      let isFirst = true;
      const end = () => {
        if (!isFirst) return undefined;
        isFirst = false;
        return reset();
      };
      await call(5, end);
      expect(sent()).toBe(2 * calls);
    }
    const before = sent();
    for (let calls = 0; calls < 1_000; calls += 1) await call(5, reset);
    expect(sent() - before).toBeLessThanOrEqual(2_010);
  });
});
