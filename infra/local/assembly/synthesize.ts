import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** Where a product under development is most often found. */
const DEFAULT_PORT = 3000;

/** The origin of what listens on a port of this machine. */
export const localOrigin = (port: number | string): string => `http://localhost:${port}`;

const PROJECT = resolve(import.meta.dirname, '../../..');

/**
 * Runs the CDK app as `cdk synth` does (the command and context of `cdk.json`, and this machine's origins), without the seconds its command line takes.
 *
 * @param outputFolder gets the cloud assembly
 * @param port of the HTTP API: customers may be sent back there from Stripe's pages, beside port 3000
 * @throws Error with what the app printed, when it fails
 */
export async function synthesize(outputFolder: string, port = DEFAULT_PORT): Promise<void> {
  const { app, context } = JSON.parse(await readFile(join(PROJECT, 'cdk.json'), 'utf8'));
  const allowedOrigins = [...new Set([DEFAULT_PORT, port])].map(localOrigin).join(',');
  const here = { ...context, allowedOrigins };
  const [, ...args] = String(app).split(' ');
  try {
    // The app command is `node …`: this very Node.
    await promisify(execFile)(process.execPath, args, {
      cwd: PROJECT,
      env: { ...process.env, CDK_OUTDIR: outputFolder, CDK_CONTEXT_JSON: JSON.stringify(here) },
    });
  } catch (error) {
    const { stderr } = Object(error);
    throw new Error(`The stack could not be synthesized: ${String(stderr || error).trim()}`);
  }
}
