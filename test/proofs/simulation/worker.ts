import { parentPort, workerData } from 'node:worker_threads';
import { runSeeds, seedsFrom } from './run-seeds.ts';

/** The seeds of a worker: every `step`-th from `from`. */
export interface Share {
  readonly from: number;
  readonly count: number;
  readonly step: number;
}

const AT_ONCE = 50;

// Refused conditions are errors, by the million: their stacks are unused.
Error.stackTraceLimit = 0;
const { from, count, step } = workerData as Share; // as the command passed it
for (let done = 0; done < count; done += AT_ONCE) {
  parentPort?.postMessage(
    await runSeeds(seedsFrom(from + done * step, Math.min(AT_ONCE, count - done), step)),
  );
}
