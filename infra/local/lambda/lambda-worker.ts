import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { aheadMsOf } from '../host/stack-clock.ts';
import type { Invocation, WorkerReport, WorkerSettings } from './lambda-environment.ts';
import { shiftedDate } from './shifted-date.ts';

/**
 * The runtime of an execution environment: loads the bundle, then serves one invocation at a time, as
 * Lambda's runtime does. It runs in a thread whose `process.env` has only the function's variables. Events
 * and results are passed as JSON text, as on AWS: a structured clone would preserve more.
 */

// The parent starts this file with exactly these settings.
const settings = workerData as WorkerSettings;
/** Deadlines use the machine's time, not the function's clock. */
const machineNow = Date.now;
const { clock } = settings;
if (clock) globalThis.Date = shiftedDate(Date, () => aheadMsOf(clock));

const report = (message: WorkerReport) => parentPort?.postMessage(message);

const handler = await loadHandler();
parentPort?.on('message', (invocation: Invocation) => {
  void serve(invocation);
});
report({ kind: 'ready' });

async function loadHandler(): Promise<(event: unknown, context: unknown) => unknown> {
  const dot = settings.handler.lastIndexOf('.');
  const [name, exportName] = [settings.handler.slice(0, dot), settings.handler.slice(dot + 1)];
  const file = ['.mjs', '.js', '.cjs']
    .map((extension) => join(settings.bundleFolder, name + extension))
    .find((path) => existsSync(path));
  if (!file) throw new Error(`Cannot find module '${name}' in ${settings.bundleFolder}`);
  const bundle: Record<string, unknown> = await import(pathToFileURL(file).href);
  const exported = bundle[exportName];
  if (typeof exported !== 'function') throw new Error(`${settings.handler} is undefined or not exported`);
  // It is a function; Lambda does not check its parameters either.
  return exported as (event: unknown, context: unknown) => unknown;
}

async function serve({ requestId, deadlineMs, eventJson }: Invocation): Promise<void> {
  try {
    const result = await handler(JSON.parse(eventJson), lambdaContext(requestId, deadlineMs));
    report({ kind: 'returned', requestId, resultJson: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    console.error(JSON.stringify({ errorType: name, errorMessage: message, stack: stack?.split('\n') }));
    report({ kind: 'threw', requestId, errorType: name, errorMessage: message });
  }
}

function lambdaContext(requestId: string, deadlineMs: number): Record<string, unknown> {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: '$LATEST',
    functionName: settings.functionName,
    memoryLimitInMB: String(settings.memoryMb),
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: settings.functionArn,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - machineNow()),
  };
}
