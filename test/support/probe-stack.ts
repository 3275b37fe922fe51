import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalStack, startLocalStack } from '../../infra/local/local-stack.ts';
import type { LocalStackOptions } from '../../infra/local/local-stack-options.ts';
import { type ProbeFiles, synthesizeProbeStack } from '../fixtures/probe-stack.ts';

/** A running stack of probes, with a folder for all its files. */
export interface ProbeStack {
  readonly folder: string;
  readonly files: ProbeFiles;
  readonly stack: LocalStack;
  /** Stops the stack, and removes the folder. */
  stop(): Promise<void>;
}

/** @param optionsIn the options of the stack, given the folder */
export async function startProbeStack(
  optionsIn: (folder: string) => Omit<LocalStackOptions, 'assemblyFolder'>,
): Promise<ProbeStack> {
  const folder = await mkdtemp(join(tmpdir(), 'probe-stack-test-'));
  const assemblyFolder = join(folder, 'cdk.out');
  const files = { projected: join(folder, 'projected'), triggered: join(folder, 'triggered') };
  synthesizeProbeStack(assemblyFolder, files);
  const stack = await startLocalStack({ assemblyFolder, ...optionsIn(folder) });
  return {
    folder,
    files,
    stack,
    async stop() {
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
