import { Worker } from 'node:worker_threads';
import { EMPTY, sumTallies, type Tally } from './tally.ts';
import type { Share } from './worker.ts';

/** Runs the histories of many seeds, on several threads. */
export async function runParallel(
  { from, count, threads }: { from: number; count: number; threads: number },
  onProgress: (soFar: Tally) => void = () => {},
): Promise<Tally> {
  let sum = EMPTY;
  const report = (tally: Tally) => {
    sum = sumTallies(sum, tally);
    onProgress(sum);
  };
  const shares = Array.from({ length: Math.min(threads, count) }, (_, index): Share => {
    return { from: from + index, count: Math.ceil((count - index) / threads), step: threads };
  });
  await Promise.all(shares.map((share) => work(share, report)));
  return sum;
}

function work(share: Share, report: (tally: Tally) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: share });
    worker.on('message', report);
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
  });
}
