import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { LocalStack } from './local-stack.ts';

/** What another process needs to drive and inspect the stack that `npm start` runs. */
export type RunningStack = Pick<
  LocalStack,
  'url' | 'dynamodbEndpoint' | 'tableName' | 'controlUrl' | 'logFile' | 'adminKey' | 'serviceKey'
>;

const FILE = resolve(import.meta.dirname, '../../.data/running-stack.json');

/** Lets {@link findRunningStack} of another process find this stack, unless one that runs already is found there. */
export async function publishRunningStack(stack: RunningStack): Promise<void> {
  if (await findRunningStack()) return;
  const { url, dynamodbEndpoint, tableName, controlUrl, logFile, adminKey, serviceKey } = stack;
  const running = { url, dynamodbEndpoint, tableName, controlUrl, logFile, adminKey, serviceKey };
  await mkdir(dirname(FILE), { recursive: true });
  await writeFile(FILE, JSON.stringify(running), { mode: 0o600 });
}

/** Takes the note away again, unless another stack has put its own there. */
export async function withdrawRunningStack({ controlUrl }: RunningStack): Promise<void> {
  const noted = await readNote();
  if (noted?.controlUrl === controlUrl) await rm(FILE, { force: true });
}

/** The stack that `npm start` runs in this project, if one answers. */
export async function findRunningStack(): Promise<RunningStack | undefined> {
  const noted = await readNote();
  if (!noted) return undefined;
  try {
    const answer = await fetch(noted.controlUrl, { signal: AbortSignal.timeout(2_000) });
    const { url } = Object(await answer.json());
    // Its port may belong to somebody else by now.
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
