import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleFunctions } from '../../infra/bundle.ts';
import { PERMISSIONS } from '../../infra/permissions.ts';
import { ALL_ENTRIES, type Entry } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const run = promisify(execFile);
const { assembly, bundles, functionOf } = await synthesize();
const manifest = JSON.parse(readFileSync(join(assembly, 'QuotaService.assets.json'), 'utf8'));

/** The bundle in the assembly, by CloudFormation's `S3Key`. */
function assetOf(entry: Entry): string {
  const hash = functionOf(entry).Properties.Code.S3Key.replace('.zip', '');
  return join(assembly, manifest.files[hash].source.path, 'index.mjs');
}

/** Literal values stay, references become any text: at load, a function may look whether they are there. */
function environmentOf(entry: Entry): Record<string, string> {
  const variables: Record<string, unknown> = functionOf(entry).Properties.Environment.Variables;
  return Object.fromEntries(
    Object.entries(variables).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : 'at-deployment',
    ]),
  );
}

test.concurrent.each(ALL_ENTRIES)(
  'the bundle of %s loads in Node 24 and exports its handler',
  async (entry) => {
    const url = pathToFileURL(assetOf(entry)).href;
    const script = `const m = await import(${JSON.stringify(url)}); console.log(process.version, typeof m.handler)`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...environmentOf(entry), AWS_REGION: 'eu-central-1' },
      // No node_modules above it: only the bundle's own code can load.
      cwd: assembly,
    });
    expect(stdout).toMatch(/^v24\..* function\n$/);
  },
);

/** The files that Node loads before the handler is ready: the entry and its static imports, at any depth. */
function initOutputs(entry: Entry): Set<string> {
  const outputs = bundles.metafiles.get(entry)?.outputs ?? {};
  const paths = new Set(Object.keys(outputs).filter((path) => path.endsWith('/index.mjs')));
  for (const path of paths) {
    for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && imported in outputs) paths.add(imported);
    }
  }
  expect(paths.size).toBeGreaterThan(0);
  return paths;
}

/** Bytes that Node reads and compiles before the handler is ready. */
function initBytes(entry: Entry): number {
  const outputs = bundles.metafiles.get(entry)?.outputs ?? {};
  return [...initOutputs(entry)].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
}

/** The code that is in a bundle, its chunks included. */
function inputsOf(entry: Entry): string[] {
  return Object.values(bundles.metafiles.get(entry)?.outputs ?? {}).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
}
const carriersOf = (pattern: RegExp) =>
  ALL_ENTRIES.filter((entry) => inputsOf(entry).some((path) => pattern.test(path))).sort();

test('the code that the quota function loads at init stays at or below 420 KB, for cold starts', () => {
  expect(initBytes('quota/handler')).toBeLessThanOrEqual(420_000);
});

/** Kilobytes. A third of each is Stripe's SDK, which cannot be reduced. */
const WITH_STRIPE: Partial<Record<Entry, number>> = {
  'billing/handler': 640,
  'stripe-webhook/handler': 800,
  'jobs/subscription-sync': 800,
};

test('the OpenAPI document is compressed at build time: its bundle carries no schemas and states the bound of the deployment', async () => {
  expect(carriersOf(/\/zod-openapi\/|functions\/openapi\/(?!compressed-document)/)).toEqual([]);
  const folder = await mkdtemp(join(tmpdir(), 'quota-bundle-'));
  try {
    await bundleFunctions(folder, 12_345);
    const code = await readFile(join(folder, 'public/handler/index.mjs'), 'utf8');
    const [encoded = ''] = /H4sI[A-Za-z0-9+/=]+/.exec(code) ?? [];
    const compressed = Buffer.from(encoded, 'base64');
    expect(compressed.length).toBeLessThan(33_000);
    expect(JSON.parse(gunzipSync(compressed).toString()).info.description).toContain('at most 12345 units');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('only the bundles that talk to Stripe carry its SDK, and they stay at their sizes', () => {
  expect(carriersOf(/\/stripe\/esm\//)).toEqual(Object.keys(WITH_STRIPE).sort());
  for (const entry of ALL_ENTRIES) {
    const limit = WITH_STRIPE[entry];
    if (limit) expect(initBytes(entry), entry).toBeLessThanOrEqual(limit * 1_000);
  }
});

test('only the bundles of functions that cache or lock carry the client of Redis, and none loads it at init', () => {
  const client = /redis\/redis-client\.ts$/;
  expect(carriersOf(client)).toEqual(
    ALL_ENTRIES.filter((entry) => PERMISSIONS[entry].capabilities.includes('redis')).sort(),
  );
  for (const entry of ALL_ENTRIES) {
    const outputs = bundles.metafiles.get(entry)?.outputs ?? {};
    const early = [...initOutputs(entry)].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
    expect(
      early.filter((path) => client.test(path)),
      entry,
    ).toEqual([]);
  }
});

test('no bundle carries ways to find credentials that Lambda does not have', () => {
  expect(carriersOf(/credential-provider-(?!env)|nested-clients/)).toEqual([]);
});

test('only the bundles of reports carry the code that draws charts', () => {
  expect(carriersOf(/\/(echarts|csv-stringify)\//)).toEqual(['jobs/usage-report', 'reports/handler']);
});

test('no bundle carries a source map', async () => {
  for (const entry of ALL_ENTRIES) {
    const files = await readdir(dirname(assetOf(entry)));
    expect(
      files.filter((file) => !file.endsWith('.mjs')),
      entry,
    ).toEqual([]);
  }
});
