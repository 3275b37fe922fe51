import { describe, expect, it } from 'vitest';
import { MemoryCache } from '../../../../shared/adapters/cache/memory-cache.ts';
import type { Account, Amounts } from '../../../../shared/domain/account.ts';
import { advance } from '../../../../shared/domain/advance.ts';
import { debit } from '../../../../shared/domain/debit.ts';
import type { Plan } from '../../../../shared/domain/plan.ts';
import {
  DENIAL_CACHE,
  type DenyingImage,
  recallDenial,
} from '../../../../shared/usecases/quota/denial-cache.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, samplePlan, units } from '../../../support/sample-account.ts';

const PLAN = samplePlan([{ limit: 100 }, { feature: 'storage', limit: 5, interval: 'never' }]);
const SPENT = debit(
  sampleAccount([{ limit: 100 }, { feature: 'storage', limit: 5, interval: 'never' }]),
  units(90),
);

/** Recalls the denial of an account, with this newest version of its plan. */
function recall(own: Plan, amounts: Amounts, account: Account = SPENT, now = SAMPLE_NOW) {
  const denials = new MemoryCache<DenyingImage>(DENIAL_CACHE.capacity, DENIAL_CACHE.ttlMs, () => SAMPLE_NOW);
  denials.set('someone', {
    account,
    seenAt: SAMPLE_NOW,
    planAsOf: SAMPLE_NOW,
    plansAhead: { own, afterwards: undefined },
  });
  return recallDenial(denials, 'someone', amounts, now);
}

describe('a remembered denial', () => {
  it('denies what the account does not have left, and nothing else', () => {
    expect(recall(PLAN, units(11))).toMatchObject({ denial: { code: 'exceeded' }, account: SPENT });
    expect(recall(PLAN, units(10))).toBeUndefined();
    expect(recall(PLAN, units(1, 'fax'))).toBeUndefined();
  });

  it('denies nothing that a newer version of the plan admits', () => {
    // It denied both features: the newer version has no storage.
    const unlimited = { ...samplePlan([{ limit: null }]), version: 2 };
    expect(recall(unlimited, units(11))).toBeUndefined();
    expect(recall(unlimited, units(6, 'storage'))).toMatchObject({ denial: { code: 'exceeded' } });
  });

  it('has the figures of the newer version where that has more room', () => {
    const raised = { ...samplePlan([{ limit: 120 }]), version: 2 };
    const recalled = recall(raised, units(31));
    expect(recalled?.denial).toMatchObject({ code: 'exceeded' });
    expect(counterOf(recalled?.account ?? SPENT)).toMatchObject({ limit: 120, remaining: 30 });
    expect(recall(raised, units(30))).toBeUndefined();
  });

  it('is not recalled for a period that is over, nor after a second', () => {
    const { periodEnd } = counterOf(SPENT);
    expect(recall(PLAN, units(11), SPENT, SAMPLE_NOW + DENIAL_CACHE.ttlMs)).toBeUndefined();
    const over = advance(SPENT, PLAN, periodEnd - 1);
    expect(recall(PLAN, units(11), over, periodEnd)).toBeUndefined();
  });
});
