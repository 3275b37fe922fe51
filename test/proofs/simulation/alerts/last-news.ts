import { INDEX } from '../../../../shared/contract.ts';
import { drainOutbox } from '../../../../shared/usecases/alerts/drain-outbox.ts';
import { Chance } from '../chance.ts';
import type { NodeDeps } from '../node.ts';
import type { Stage } from '../simulate.ts';

/** Longer than somebody who found something to tell is left at it. */
const CLAIM_MS = 11_000;
/** What one run takes over from the dead may have one more thing to tell behind it. */
const RUNS = 2;

/** What the monitor does first, shard by shard. */
export async function tellEverything(deps: NodeDeps): Promise<void> {
  for (let shard = 0; shard < INDEX.due.shards; shard += 1) await drainOutbox(deps, shard);
}

/** In good weather the monitor tells what was left; then everything is told. */
export async function lastNews({ script, world, sweepers, alertOracle, users }: Stage): Promise<void> {
  if (!alertOracle) return;
  for (let run = 0; run < RUNS; run += 1) {
    await world.run(world.now() + CLAIM_MS);
    const chance = new Chance(script.seed, 15, run);
    const telling = sweepers[0].run({ name: 'last news', group: 'rest', chance }, tellEverything);
    await world.run();
    await telling;
  }
  for (const userId of users) alertOracle.judgeAtRest(userId);
}
