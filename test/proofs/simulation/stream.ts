import type { AccountChange } from '../../../shared/domain/rollup.ts';
import { projectChanges } from '../../../shared/usecases/ledger/project-changes.ts';
import { Chance } from './chance.ts';
import type { FaultProfile } from './fault-profile.ts';
import type { Node } from './node.ts';
import type { Oracle } from './oracle.ts';
import type { World } from './world.ts';

export interface StreamOptions {
  readonly world: World;
  readonly oracle: Oracle;
  readonly seed: number;
  readonly startAt: number;
  readonly faultProfile: () => FaultProfile;
  /** The nodes that project batches; the second is for batches delivered twice at once. */
  readonly projectors: readonly [Node, Node];
}

const MOST_RECORDS = 10;
const RETRY_MS = 1_000;
/**
 * Even at the highest fault rate no batch fails this often in a row: at worst, one try in a thousand meets no
 * fault.
 */
const MOST_FAILURES = 10_000;

/**
 * One shard of the table's stream: the changes of its accounts in order, in batches, each retried until the
 * projector accepts it. Shards are independent.
 */
export class StreamShard {
  readonly #options: StreamOptions;
  readonly #waiting: AccountChange[] = [];
  readonly #number: number;
  #isBusy = false;
  #batches = 0;
  #failures = 0;

  constructor(options: StreamOptions, number: number) {
    this.#options = options;
    this.#number = number;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && !this.#isBusy;
  }

  add(change: AccountChange): void {
    this.#waiting.push(change);
    this.#schedule(this.#options.faultProfile().streamLagMs);
  }

  #schedule(lagMs: number): void {
    if (this.#isBusy || this.#waiting.length === 0) return;
    this.#isBusy = true;
    this.#batches += 1;
    const { world, seed, startAt } = this.#options;
    const chance = new Chance(seed, 3, this.#number, this.#batches);
    const [from, to] = this.#options.faultProfile().standstill ?? [0, 0];
    const at = world.now() - startAt + chance.between(0, 2 * lagMs);
    const waitMs = at >= from && at < to ? to - at : 0;
    world.after(at - (world.now() - startAt) + waitMs, () => void this.#deliver(chance));
  }

  async #deliver(chance: Chance): Promise<void> {
    const { projectors, faultProfile, world } = this.#options;
    const batch = this.#waiting.slice(0, chance.int(1, MOST_RECORDS));
    const [one, other] = projectors;
    const isDoubled = chance.happens(faultProfile().doubledBatches);
    const deliveries = [this.#project(one, batch, chance)];
    if (isDoubled) {
      // Again, whole or in part, concurrently or a while after.
      const again = new Chance(chance.int(0, 1e9));
      const echo = world
        .wait(again.pick([0, 1, 20, 3_000]))
        .then(() => this.#project(other, batch.slice(0, again.int(1, batch.length)), again));
      if (again.happens(0.5)) deliveries.push(echo);
    }
    const [isTaken] = await Promise.all(deliveries);
    this.#failures = isTaken ? 0 : this.#failures + 1;
    if (this.#failures > MOST_FAILURES) this.#options.oracle.report('nothing lost', 'the projector is stuck');
    if (isTaken) this.#waiting.splice(0, batch.length);
    this.#isBusy = false;
    this.#schedule(isTaken ? faultProfile().streamLagMs : RETRY_MS);
  }

  async #project(node: Node, batch: readonly AccountChange[], chance: Chance): Promise<boolean> {
    const { world } = this.#options;
    while (!node.isIdle) await world.wait(Math.max(7, node.frozenUntil - world.now()));
    const name = `project ${batch.map(({ after }) => `${after.userId} v${after.version}`).join(', ')}`;
    try {
      const result = await node.run({ name, group: 'stream', chance }, (deps) => projectChanges(deps, batch));
      if (result === 'died') return false;
      for (const fault of result.value.broken)
        this.#options.oracle.report('figures add up', `projector: ${fault}`);
      return true;
    } catch (error) {
      this.#options.world.trace(() => `${node.name}  ${name}: failed, ${String(error)}`);
      return false;
    }
  }
}
