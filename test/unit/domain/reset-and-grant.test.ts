import { describe, expect, it } from 'vitest';
import { brokenInvariants, MAX_AMOUNT } from '../../../shared/domain/account.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { grantUnits, resetUsage } from '../../../shared/domain/reset-and-grant.ts';
import { counterOf, sampleAccount, units } from '../../support/sample-account.ts';

const both = (
  account = sampleAccount([{ limit: 100 }, { feature: 'storage', interval: 'never', limit: 50 }]),
) => debit(debit(account, units(30)), units(20, 'storage'));

describe('a reset', () => {
  it('sets metered features to 0, and keeps gauges: their content still exists', () => {
    const { account, amounts } = resetUsage(both());
    expect(counterOf(account)).toMatchObject({ used: 0, remaining: 100, lifetime: 30 });
    expect(counterOf(account, 'storage')).toMatchObject({ used: 20, remaining: 30 });
    expect([...amounts]).toEqual([['aiRequest', 30]]);
    expect(brokenInvariants(account)).toEqual([]);
  });

  it('sets only the named features to 0, a gauge too', () => {
    const { account, amounts } = resetUsage(both(), ['storage']);
    expect(counterOf(account).used).toBe(30);
    expect(counterOf(account, 'storage')).toMatchObject({ used: 0, remaining: 50 });
    expect([...amounts]).toEqual([['storage', 20]]);
  });

  it('omits an unused feature', () => {
    expect(resetUsage(sampleAccount()).amounts.size).toBe(0);
  });

  it('keeps grants', () => {
    const granted = grantUnits(both(), 'aiRequest', 25);
    if (!granted) throw new Error('the grant fits');
    expect(counterOf(resetUsage(granted).account)).toMatchObject({ limit: 125, granted: 25, remaining: 125 });
  });

  it('returns the largest usage of several intervals once', () => {
    const account = debit(sampleAccount([{ interval: '5h' }, { interval: 'week' }]), units(8));
    expect([...resetUsage(account).amounts]).toEqual([['aiRequest', 8]]);
  });
});

describe('a grant', () => {
  it('of an unknown feature changes nothing', () => {
    const account = sampleAccount();
    expect(grantUnits(account, 'fax', 3)?.counters).toEqual(account.counters);
  });

  it('is rejected if one of several limits would exceed the largest', () => {
    const account = sampleAccount([{}, { interval: 'day', limit: MAX_AMOUNT }]);
    expect(grantUnits(account, 'aiRequest', 1)).toBeUndefined();
  });

  it('raises every limit of the feature until its period ends', () => {
    const account = grantUnits(
      sampleAccount([{ interval: '5h' }, { interval: 'week', limit: 7 }]),
      'aiRequest',
      3,
    );
    if (!account) throw new Error('the grant fits');
    expect(counterOf(account, 'aiRequest', '5h')).toMatchObject({ limit: 103, granted: 3, remaining: 103 });
    expect(counterOf(account, 'aiRequest', 'week')).toMatchObject({ limit: 10, granted: 3, remaining: 10 });
  });

  it('leaves unlimited counters unchanged', () => {
    const account = grantUnits(sampleAccount([{ limit: null }]), 'aiRequest', 3);
    expect(account && counterOf(account)).toMatchObject({ limit: null, granted: 0 });
  });

  it('never passes the largest limit', () => {
    expect(grantUnits(sampleAccount([{ limit: MAX_AMOUNT - 2 }]), 'aiRequest', 2)).toBeDefined();
    expect(grantUnits(sampleAccount([{ limit: MAX_AMOUNT - 2 }]), 'aiRequest', 3)).toBeUndefined();
  });
});
