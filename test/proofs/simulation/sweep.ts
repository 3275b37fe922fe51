import { sweepDue } from '../../../shared/usecases/rollover/sweep-due.ts';
import { drainAllShards } from './alerts/drain-notifications.ts';
import { Chance } from './chance.ts';
import type { Act } from './script.ts';
import type { Stage } from './simulate.ts';
import { markOf } from './verbs.ts';

/** The job as its schedule starts it: sometimes twice at once. */
export function sweep({ script, sweepers, alertOracle }: Stage, act: Act): void {
  sweepers.slice(0, act.isDoubled ? 2 : 1).forEach((node, index) => {
    if (!node.isIdle) return;
    const chance = new Chance(script.seed, 6, act.number, index);
    const mark = markOf(act);
    node
      .run({ name: `sweep (${mark})`, group: mark, chance }, async (deps) => {
        await sweepDue(deps, { mayContinue: () => true });
        if (alertOracle) await drainAllShards(deps);
      })
      .catch(() => {});
  });
}
