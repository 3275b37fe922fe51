/**
 * Bundles every function of the contract with one esbuild call, so that `cdk synth` and
 * `cdk deploy` always ship the code that is on disk.
 */
import { resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { ALL_ENTRIES } from '../shared/contract.ts';

const PROJECT = resolve(import.meta.dirname, '..');

export interface Bundles {
  /** Folder with `<entry>/index.mjs` for every entry. */
  readonly directory: string;
  /** What esbuild put into each bundle, and how many bytes of it. */
  readonly metafile: Metafile;
}

/**
 * Writes `<directory>/<entry>/index.mjs` for every entry of the contract.
 *
 * @param directory where to write; what else lies there stays, so that two runs at once do not disturb each other
 */
export async function bundleFunctions(directory = resolve(PROJECT, 'dist/functions')): Promise<Bundles> {
  const { metafile } = await build({
    absWorkingDir: PROJECT,
    entryPoints: ALL_ENTRIES.map((entry) => ({ in: `functions/${entry}.ts`, out: `${entry}/index` })),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // esbuild's default for `platform: node` prefers `main`, which is CommonJS in the AWS SDK: larger,
    // and it dies at load in an ES module ("Dynamic require of ... is not supported").
    mainFields: ['module', 'main'],
    alias: {
      '@aws-sdk/credential-provider-node': resolve(PROJECT, 'functions/runtime/credentials.ts'),
    },
    minify: true,
    // Error names are written out where they matter, so no wrapper around every function to keep `.name`.
    keepNames: false,
    legalComments: 'none',
    charset: 'utf8',
    // Kept beside the bundle to read a stack trace of this very build, and left out of the asset:
    // Lambda would parse megabytes of map before the first error could be reported.
    sourcemap: 'external',
    metafile: true,
    logLevel: 'warning',
  });
  return { directory, metafile };
}
