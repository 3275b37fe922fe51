import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ALL_ENTRIES, type Entry } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const run = promisify(execFile);
const { assembly, bundles, functionOf } = await synthesize();
const manifest = JSON.parse(readFileSync(join(assembly, 'QuotaService.assets.json'), 'utf8'));

/** The bundle as the assembly ships it: what CloudFormation's `S3Key` leads to. */
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
      // No node_modules above it: what is not in the bundle is not there.
      cwd: assembly,
    });
    expect(stdout).toMatch(/^v24\..* function\n$/);
  },
);

test('the consume bundle stays at or below 420 KB, for cold starts', () => {
  expect(statSync(assetOf('quota/consume')).size).toBeLessThanOrEqual(420_000);
});

/** Kilobytes. A third of each is Stripe's SDK, of which nothing can be left out. */
const WITH_STRIPE: Partial<Record<Entry, number>> = {
  'billing/create-checkout-session': 640,
  'billing/create-portal-session': 640,
  'stripe-webhook/handler': 800,
  'jobs/subscription-sync': 800,
};

test('only the bundles that talk to Stripe carry its SDK, and they stay at their sizes', () => {
  const carries = (entry: Entry) =>
    Object.entries(bundles.metafile.outputs).some(
      ([path, { inputs }]) =>
        path.endsWith(`/${entry}/index.mjs`) &&
        Object.entries(inputs).some(
          ([from, { bytesInOutput }]) => from.includes('/stripe/esm/') && bytesInOutput > 0,
        ),
    );
  expect(ALL_ENTRIES.filter(carries).sort()).toEqual(Object.keys(WITH_STRIPE).sort());
  for (const entry of ALL_ENTRIES) {
    const limit = WITH_STRIPE[entry];
    if (limit) expect(statSync(assetOf(entry)).size, entry).toBeLessThanOrEqual(limit * 1_000);
  }
});

test('no bundle carries ways to find credentials that Lambda does not have', () => {
  const inputs = Object.values(bundles.metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const shipped = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  expect(shipped.filter((path) => /credential-provider-(?!env)|nested-clients/.test(path))).toEqual([]);
});

test('what draws charts is in the bundles of reports alone', () => {
  const carriers = Object.entries(bundles.metafile.outputs)
    .filter(([, { inputs }]) => Object.keys(inputs).some((path) => /\/(echarts|csv-stringify)\//.test(path)))
    .map(([path]) => /(\w+\/[\w-]+)\/index\.mjs/.exec(path)?.[1]);
  expect([...new Set(carriers)].sort()).toEqual(['jobs/usage-report', 'reports/report-usage']);
});

test('no bundle carries a source map', () => {
  for (const entry of ALL_ENTRIES) {
    expect(() => statSync(`${assetOf(entry)}.map`), entry).toThrow();
  }
});
