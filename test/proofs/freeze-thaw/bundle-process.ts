/**
 * Runs a deployed bundle as a Lambda execution environment does: one invocation at a time, by messages of the
 * parent process.
 *
 * Usage: fork(bundle-process.ts, [<path of index.mjs>, <entry>]), with a function's environment variables
 */
import { pathToFileURL } from 'node:url';
import { lambdaContext } from '../../support/api.ts';

/** What a handler returned, or `failed`: it threw. */
export type InvocationReport =
  | { readonly result: unknown; readonly cpuMs: number }
  | { readonly failed: string };

const [bundle = '', entry = ''] = process.argv.slice(2);
const { handler } = await import(pathToFileURL(bundle).href);

process.on('message', async (event) => {
  const startedAt = process.cpuUsage();
  let report: InvocationReport;
  try {
    const result = await handler(event, lambdaContext(entry));
    const { user, system } = process.cpuUsage(startedAt);
    report = { result, cpuMs: (user + system) / 1_000 };
  } catch (error) {
    report = { failed: String(error) };
  }
  process.send?.(report);
});
process.send?.('ready');
