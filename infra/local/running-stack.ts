import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { LocalStack } from './local-stack.ts';

/** The properties by which other processes control the stack of `npm start`. */
export type RunningStack = Pick<
  LocalStack,
  'url' | 'dynamodbEndpoint' | 'tableName' | 'controlUrl' | 'logFile' | 'adminKey' | 'serviceKey'
>;

const FILE = resolve(import.meta.dirname, '../../.data/running-stack.json');

/**
 * Publishes this stack for {@link findRunningStack} of other processes, unless a running one is published.
 */
export async function publishRunningStack(stack: RunningStack): Promise<void> {
  if (await findRunningStack()) return;
  const { url, dynamodbEndpoint, tableName, controlUrl, logFile, adminKey, serviceKey } = stack;
  const running = { url, dynamodbEndpoint, tableName, controlUrl, logFile, adminKey, serviceKey };
  await mkdir(dirname(FILE), { recursive: true });
  await writeFile(FILE, JSON.stringify(running), { mode: 0o600 });
}

/** Withdraws this stack, unless another one has been published since. */
export async function withdrawRunningStack({ controlUrl }: RunningStack): Promise<void> {
  const noted = await readNote();
  if (noted?.controlUrl === controlUrl) await rm(FILE, { force: true });
}

/** Returns the stack that `npm start` runs in this project, if it responds. */
export async function findRunningStack(): Promise<RunningStack | undefined> {
  const noted = await readNote();
  if (!noted) return undefined;
  try {
    const answer = await fetch(noted.controlUrl, { signal: AbortSignal.timeout(2_000) });
    const { url } = Object(await answer.json());
    // Another program may use its port by now.
    return url === noted.url ? noted : undefined;
  } catch {
    return undefined;
  }
}

async function readNote(): Promise<RunningStack | undefined> {
  try {
    return JSON.parse(await readFile(FILE, 'utf8'));
  } catch {
    return undefined;
  }
}
