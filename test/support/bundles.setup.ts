import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type Bundles, bundleFunctions } from '../../infra/bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    bundles: Bundles;
  }
}

/** Bundles the functions once for all files of a suite, which synthesize stacks of their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'quota-service-bundles-'));
  const clear = () => rm(folder, { recursive: true, force: true });
  try {
    project.provide('bundles', await bundleFunctions(folder));
  } catch (error) {
    await clear();
    throw error;
  }
  return clear;
}
