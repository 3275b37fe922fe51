import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Plugin } from 'esbuild';
import { ENV } from '../shared/contract.ts';

/**
 * Replaces the module that compresses the OpenAPI document by its result.
 *
 * @param maxAmount most units of one operation in the deployment that the bundle is for
 */
export function buildTimeDocument(maxAmount: number): Plugin {
  return {
    name: 'build-time-document',
    setup({ onLoad }) {
      onLoad({ filter: /functions\/openapi\/compressed-document\.ts$/ }, async ({ path }) => {
        const encoded = await compress(path, maxAmount);
        return {
          contents: `const document = Buffer.from('${encoded}', 'base64');\nexport const compressDocument = () => document;`,
        };
      });
    },
  };
}

/** Runs the module in a process of its own, with the environment that functions require at load. */
async function compress(path: string, maxAmount: number): Promise<string> {
  const script = `
    const { compressDocument } = await import(${JSON.stringify(pathToFileURL(path).href)});
    process.stdout.write(Buffer.from(compressDocument(${maxAmount})).toString('base64'));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: {
      ...process.env,
      [ENV.tableName]: 'none-at-build-time',
      [ENV.defaultPlanId]: 'free',
      [ENV.maxAmount]: String(maxAmount),
      [ENV.metricsNamespace]: 'none-at-build-time',
      [ENV.logLevel]: 'ERROR',
    },
  });
  return stdout;
}
