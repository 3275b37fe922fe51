import { describe, expect, it } from 'vitest';
import { debit } from '../../../shared/domain/debit.ts';
import { releaseGauges } from '../../../shared/domain/release-gauge.ts';
import { counterOf, sampleAccount, units } from '../../support/sample-account.ts';

const used = debit(
  debit(sampleAccount([{}, { feature: 'storage', interval: 'never', limit: 50 }]), units(20, 'storage')),
  units(5),
);

describe('a gauge', () => {
  it('decreases by release; its lifetime total does not', () => {
    const outcome = releaseGauges(used, units(15, 'storage'));
    if (outcome.code !== 'released') throw new Error(outcome.code);
    expect(counterOf(outcome.account, 'storage')).toMatchObject({ used: 5, remaining: 45, lifetime: 20 });
    expect(counterOf(outcome.account)).toEqual(counterOf(used));
  });

  it('does not fall below 0', () => {
    expect(releaseGauges(used, units(21, 'storage'))).toEqual({
      code: 'release_exceeds_usage',
      feature: 'storage',
      used: 20,
    });
  });

  it('is the only releasable counter; any other rejects the whole request', () => {
    expect(releaseGauges(used, units(1))).toEqual({ code: 'not_a_gauge', feature: 'aiRequest' });
    expect(releaseGauges(used, units(1, 'upload'))).toEqual({ code: 'unknown_feature', feature: 'upload' });
    const mixed = new Map([...units(1, 'storage'), ...units(1)]);
    expect(releaseGauges(used, mixed).code).toBe('not_a_gauge');
  });

  it('releases units that a metered interval of the same feature keeps', () => {
    const account = debit(sampleAccount([{ interval: 'never' }, { interval: 'day' }]), units(10));
    const outcome = releaseGauges(account, units(4));
    if (outcome.code !== 'released') throw new Error(outcome.code);
    expect(counterOf(outcome.account, 'aiRequest', 'never').used).toBe(6);
    expect(counterOf(outcome.account, 'aiRequest', 'day').used).toBe(10);
  });
});
