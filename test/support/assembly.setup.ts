import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesize } from '../../infra/local/assembly/synthesize.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    assemblyFolder: string;
  }
}

/**
 * Synthesizes the stack once for all files of a suite; each file runs its own stack (see `local-stack.ts`).
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'quota-service-assembly-'));
  const clear = () => rm(folder, { recursive: true, force: true });
  try {
    await synthesize(folder);
  } catch (error) {
    await clear();
    throw error;
  }
  project.provide('assemblyFolder', folder);
  return clear;
}
