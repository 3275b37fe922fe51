import { syncSubscriptions } from '../../../../shared/usecases/subscriptions/sync-subscriptions.ts';
import { Chance } from '../chance.ts';
import type { Act, Action } from '../script.ts';
import type { Stage } from '../simulate.ts';
import { markOf } from '../verbs.ts';
import { verifyFailure } from './deliveries.ts';

/** The share of runs that run out of time. */
const SHARE_CUT = 0.05;

/** The job as its schedule starts it: sometimes twice at once, and cut short. */
export function syncAsScheduled(
  { script, syncers, oracle, onReply }: Stage,
  act: Act & { readonly action: Extract<Action, { verb: 'sync' }> },
): void {
  syncers.slice(0, act.isDoubled ? 2 : 1).forEach((node, index) => {
    if (!node.isIdle) return;
    const mark = markOf(act);
    const name = `sync (${mark})`;
    const patience = new Chance(script.seed, 12, act.number, index);
    const request = {
      force: act.action.isFull,
      mayContinue: () => !patience.happens(SHARE_CUT),
      note: (error: unknown) => verifyFailure(oracle, name, error),
    };
    node
      .run({ name, group: mark, chance: new Chance(script.seed, 6, act.number, index) }, (deps) =>
        syncSubscriptions(deps, request),
      )
      .then(
        (result) =>
          onReply('sync', result === 'died' ? 'died' : result.value.complete ? 'complete' : 'cut short'),
        (error: unknown) => {
          onReply('sync', 'failed');
          verifyFailure(oracle, name, error);
        },
      );
  });
}
