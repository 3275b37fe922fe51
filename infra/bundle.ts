/**
 * Bundles every function of the contract, so that `cdk synth` and `cdk deploy` always ship the code that is
 * on disk.
 */
import { readdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { ALL_ENTRIES, AMOUNT_BOUND, type Entry } from '../shared/contract.ts';
import { buildTimeDocument } from './build-time-document.ts';

const PROJECT = resolve(import.meta.dirname, '..');

/** How the code of a function is bundled. */
export const BUNDLE_OPTIONS = {
  absWorkingDir: PROJECT,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  // A dynamic import becomes a file beside `index.mjs`, and loads when the import is reached.
  splitting: true,
  platform: 'node',
  target: 'node24',
  // esbuild's default for `platform: node` prefers `main`, which is CommonJS in the AWS SDK: larger,
  // and it fails at load in an ES module ("Dynamic require of ... is not supported").
  mainFields: ['module', 'main'],
  alias: {
    '@aws-sdk/credential-provider-node': resolve(PROJECT, 'functions/runtime/credentials.ts'),
  },
  minify: true,
  // Error names are written out where they matter, so functions need no wrapper that keeps `.name`.
  keepNames: false,
  legalComments: 'none',
  charset: 'utf8',
  // Kept beside the bundle to read a stack trace of this very build, and excluded from the asset:
  // Lambda would parse megabytes of map before it reports the first error.
  sourcemap: 'external',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

export interface Bundles {
  /** Folder with `<entry>/index.mjs` for every entry. */
  readonly directory: string;
  /** The inputs of each bundle by the entry, with their sizes in bytes. */
  readonly metafiles: ReadonlyMap<Entry, Metafile>;
}

/**
 * Writes `<directory>/<entry>/index.mjs`, and the files that it imports, for every entry.
 *
 * @param directory to write to; other folders in it stay, so that two runs at once do not disturb each other
 * @param maxAmount most units of one operation, which the OpenAPI document states
 */
export async function bundleFunctions(
  directory = resolve(PROJECT, 'dist/functions'),
  maxAmount: number = AMOUNT_BOUND.byDefault,
): Promise<Bundles> {
  const bundled = ALL_ENTRIES.map(
    async (entry) => [entry, await bundle(entry, join(directory, entry), maxAmount)] as const,
  );
  return { directory, metafiles: new Map(await Promise.all(bundled)) };
}

/** Each entry is built alone: modules that it shares with others must be in its own asset. */
async function bundle(entry: Entry, outdir: string, maxAmount: number): Promise<Metafile> {
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    plugins: [buildTimeDocument(maxAmount)],
    entryPoints: [{ in: `functions/${entry}.ts`, out: 'index' }],
    outdir,
  });
  const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
  // An earlier build's chunks have other names, and would be deployed with this one's.
  const stale = (await readdir(outdir)).filter((file) => !written.has(file));
  await Promise.all(stale.map((file) => rm(join(outdir, file), { recursive: true, force: true })));
  return metafile;
}
