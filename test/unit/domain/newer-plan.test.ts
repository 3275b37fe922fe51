import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenInvariants } from '../../../shared/domain/account.ts';
import { advance } from '../../../shared/domain/advance.ts';
import { decide } from '../../../shared/domain/decide.ts';
import { onNewerVersion, withMoreRoom } from '../../../shared/domain/newer-plan.ts';
import { anyPlan, anyStory, FEATURES, replay } from '../../support/random-accounts.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, samplePlan, units } from '../../support/sample-account.ts';

describe('An account and a newer version of its plan', () => {
  it('shows of each feature exactly the units a request is admitted', () => {
    fc.assert(
      fc.property(
        anyStory,
        anyPlan,
        fc.constantFrom(...FEATURES),
        fc.integer({ min: 1, max: 150 }),
        (story, edited, feature, amount) => {
          const history = replay(story);
          const last = history.images.at(-1);
          if (!last) return;
          const own = { ...edited, id: last.plan.id, version: last.plan.version };
          const account = advance(last, own, history.now);
          const plan = { ...edited, id: account.plan.id, version: account.plan.version + 1 };
          const admits = (image: typeof account | undefined) =>
            image !== undefined &&
            decide(image, { amounts: units(amount, feature) }, history.now).code === 'allowed';
          const shown = withMoreRoom(account, plan, history.now);
          const newer = onNewerVersion(account, plan, history.now);
          expect(admits(shown)).toBe(admits(account) || admits(newer));
          expect(shown).toMatchObject({ version: account.version, plan: account.plan });
          expect(brokenInvariants(shown)).toEqual([]);
        },
      ),
    );
  });

  it('ignores another plan, and its own or an older version', () => {
    const account = { ...sampleAccount(), plan: { id: 'free', version: 2 } };
    for (const plan of [
      { ...samplePlan([{ limit: 900 }], 'pro'), version: 9 },
      { ...samplePlan([{ limit: 900 }]), version: 2 },
      { ...samplePlan([{ limit: 900 }]), version: 1 },
    ]) {
      expect(onNewerVersion(account, plan, SAMPLE_NOW)).toBeUndefined();
      expect(withMoreRoom(account, plan, SAMPLE_NOW)).toBe(account);
    }
  });

  it('shows a raised limit and keeps a lowered one', () => {
    const account = sampleAccount([{}, { feature: 'upload', limit: 5 }]);
    const plan = { ...samplePlan([{ limit: 120 }, { feature: 'upload', limit: 4 }]), version: 2 };
    const shown = withMoreRoom(account, plan, SAMPLE_NOW);
    expect(counterOf(shown)).toMatchObject({ limit: 120, remaining: 120 });
    expect(counterOf(shown, 'upload')).toMatchObject({ limit: 5, remaining: 5 });
  });
});
