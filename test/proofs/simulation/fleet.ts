import type { Node, NodeDeps, Task } from './node.ts';
import type { Oracle } from './oracle.ts';
import type { World } from './world.ts';

/** Maximum duration of a call: its time budget, one request without a timeout, and the network. */
const LONGEST_CALL_MS = 2_000 + 1_000 + 150;

export type Result<T> =
  | { readonly code: 'answered'; readonly value: T }
  | { readonly code: 'failed'; readonly error: unknown }
  | { readonly code: 'died' };

/** The environments of one function: an idle one takes the next request, the others wait. */
export class Fleet {
  readonly #nodes: readonly Node[];
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #longestMs: number;

  constructor(nodes: readonly Node[], world: World, oracle: Oracle, longestMs = LONGEST_CALL_MS) {
    this.#nodes = nodes;
    this.#world = world;
    this.#oracle = oracle;
    this.#longestMs = longestMs;
  }

  async serve<T>(task: Task, work: (deps: NodeDeps) => Promise<T>): Promise<Result<T>> {
    let node = this.#idleNode(task);
    for (; !node; node = this.#idleNode(task)) {
      await this.#world.wait(Math.max(task.chance.between(0.5, 3), this.#freezeMs()));
    }
    const startedAt = this.#world.now();
    const { name, frozenTotalMs } = node;
    this.#world.trace(() => `${name}  takes ${task.name}`);
    const result = await this.#run(node, task, work);
    const tookMs = this.#world.now() - startedAt - (node.frozenTotalMs - frozenTotalMs);
    if (tookMs > this.#longestMs) {
      this.#oracle.report('every call is answered', `${task.name} took ${Math.round(tookMs)} ms`);
    }
    return result;
  }

  async #run<T>(node: Node, task: Task, work: (deps: NodeDeps) => Promise<T>): Promise<Result<T>> {
    try {
      const result = await node.run(task, work);
      return result === 'died' ? { code: 'died' } : { code: 'answered', value: result.value };
    } catch (error) {
      return { code: 'failed', error };
    }
  }

  /** How long every node is frozen. */
  #freezeMs(): number {
    const until = this.#nodes.map(({ frozenUntil }) => frozenUntil);
    return Math.min(...until) - this.#world.now();
  }

  #idleNode({ chance }: Task): Node | undefined {
    const idle = this.#nodes.filter((node) => node.isIdle);
    return idle.length === 0 ? undefined : chance.pick(idle);
  }
}
