import { INDEX } from '../../../../shared/contract.ts';
import { drainOutbox } from '../../../../shared/usecases/alerts/drain-outbox.ts';
import { Chance } from '../chance.ts';
import type { NodeDeps } from '../node.ts';
import type { Stage } from '../simulate.ts';

/** Longer than a sender's claim. */
const CLAIM_MS = 11_000;
/** A run that takes over a dead sender's notification may leave one more behind it. */
const RUNS = 2;

/** The monitor's first step, shard by shard. */
export async function drainAllShards(deps: NodeDeps): Promise<void> {
  for (let shard = 0; shard < INDEX.due.shards; shard += 1) await drainOutbox(deps, shard);
}

/** Without faults the monitor publishes every pending notification. */
export async function drainNotifications({
  script,
  world,
  sweepers,
  alertOracle,
  users,
}: Stage): Promise<void> {
  if (!alertOracle) return;
  for (let run = 0; run < RUNS; run += 1) {
    await world.run(world.now() + CLAIM_MS);
    const chance = new Chance(script.seed, 15, run);
    const draining = sweepers[0].run({ name: 'last news', group: 'rest', chance }, drainAllShards);
    await world.run();
    await draining;
  }
  for (const userId of users) alertOracle.verifyAtRest(userId);
}
