import type { Tally } from './tally.ts';

/** The result of a run, and its counts. */
export function printReport(tally: Tally, { from, seconds }: { from: number; seconds: number }): void {
  const { histories, replies, fates, broken } = tally;
  const verbs = [...new Set(Object.keys(replies).map((name) => name.split(': ')[0] ?? ''))].sort();
  const outcomes = [...new Set(Object.keys(replies).map((name) => name.split(': ')[1] ?? ''))].sort();
  console.log('\nRequests by verb and outcome');
  console.table(
    Object.fromEntries(
      verbs.map((verb) => [
        verb,
        Object.fromEntries(outcomes.map((outcome) => [outcome, replies[`${verb}: ${outcome}`] ?? 0])),
      ]),
    ),
  );
  console.log('Fates of requests to the store');
  console.table(Object.fromEntries(Object.entries(fates).sort(([, a], [, b]) => b - a)));
  for (const { seed, text } of broken.slice(0, 20)) console.log(`seed ${seed}: ${text}`);
  const speed = `${seconds.toFixed(1)} s, ${(histories / seconds).toFixed(0)} a second`;
  console.log(
    broken.length === 0
      ? `PASS: ${histories} histories from seed ${from} kept every promise (${speed}).`
      : `FAIL: ${broken.length} of ${histories} histories from seed ${from} broke a promise (${speed}).`,
  );
}
