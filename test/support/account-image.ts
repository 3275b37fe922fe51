import { mapCounters, recount } from '../../shared/domain/account.ts';
import type { Allowance } from '../../shared/domain/plan.ts';
import type { AccountChange } from '../../shared/domain/rollup.ts';
import { SAMPLE_NOW, sampleAccount } from './sample-account.ts';

/** An account after a change. */
export type Image = AccountChange['after'];

/** An account's image with one counter, of an allowance like `samplePlan`'s, at these figures. */
export function image(
  figures: Parameters<typeof recount>[1],
  allowance: Partial<Allowance> = {},
  planId = 'free',
): Image {
  const account = sampleAccount([allowance]);
  const [feature = ''] = account.counters.keys();
  return {
    ...mapCounters(account, [feature], (counter) => recount(counter, figures)),
    version: 2,
    plan: { id: planId, version: 1 },
    change: {
      kind: 'consume',
      operationId: 'operation',
      keyed: false,
      fingerprint: '',
      at: SAMPLE_NOW,
      amounts: new Map(),
    },
  };
}

/** The image of the same account in the next period, with `used` units. */
export function nextPeriod(used: number): Image {
  const now = image({ used });
  const rolled = mapCounters(now, now.counters.keys(), (counter) => ({
    ...counter,
    periodStart: counter.periodEnd,
    periodEnd: counter.periodEnd + 86_400_000,
  }));
  return { ...rolled, change: now.change };
}
