import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Settings } from '../../settings.ts';

/** A product in development uses any port of this machine. */
const LOCAL_ORIGINS = ['http://localhost:*', 'https://localhost:*', 'http://127.0.0.1:*'].join(',');

/** Not the default one: its file has settings of a deployment. */
const LOCAL_STAGE = 'local';

const PROJECT = resolve(import.meta.dirname, '../../..');

/**
 * Runs the CDK app as `cdk synth` does (the command and context of `cdk.json`, and this machine's origins),
 * without the seconds of its CLI.
 *
 * @param outputFolder receives the cloud assembly
 * @param settings beyond, or in place of, those of this machine
 * @throws Error with the app's output, if it fails
 */
export async function synthesize(outputFolder: string, settings: Settings = {}): Promise<void> {
  const { app, context } = JSON.parse(await readFile(join(PROJECT, 'cdk.json'), 'utf8'));
  const here = { ...context, stage: LOCAL_STAGE, allowedOrigins: LOCAL_ORIGINS, ...settings };
  const [, ...args] = String(app).split(' ');
  try {
    // The app command is `node …`: run it with this Node.
    await promisify(execFile)(process.execPath, args, {
      cwd: PROJECT,
      env: { ...process.env, CDK_OUTDIR: outputFolder, CDK_CONTEXT_JSON: JSON.stringify(here) },
    });
  } catch (error) {
    const { stderr } = Object(error);
    throw new Error(`The stack could not be synthesized: ${String(stderr || error).trim()}`);
  }
}
