import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { BUNDLE_OPTIONS } from '../../infra/bundle.ts';
import type { FunctionAccess, ItemAction } from '../../infra/function-access.ts';
import { PERMISSIONS, routeAccess } from '../../infra/permissions.ts';
import { ENTRIES, JOBS, jobEntry, type OperationName, ROUTES } from '../../shared/contract.ts';
import { routeFiles } from '../support/route-files.ts';

const files = await routeFiles();
const others = [...Object.values(ENTRIES), ...JOBS.map(jobEntry)];
// Each route is bundled alone, so that it is compared with its own permissions and not with those of its
// group.
const { metafile } = await build({
  ...BUNDLE_OPTIONS,
  splitting: false,
  sourcemap: false,
  write: false,
  entryPoints: [...files.values(), ...others].map((file) => ({ in: `functions/${file}.ts`, out: file })),
  outdir: 'dist/routes',
});

/** The SDK's commands that need an action; a transaction needs those of its parts. */
const NEEDED_BY: Readonly<Record<ItemAction | 'Scan', readonly string[]>> = {
  GetItem: ['GetItem', 'TransactGetItems'],
  BatchGetItem: ['BatchGetItem'],
  Scan: ['Scan'],
  Query: ['Query'],
  PutItem: ['PutItem', 'TransactWriteItems'],
  UpdateItem: ['UpdateItem', 'TransactWriteItems'],
  DeleteItem: ['DeleteItem', 'TransactWriteItems'],
  BatchWriteItem: ['BatchWriteItem'],
  ConditionCheckItem: ['TransactWriteItems'],
  PartiQLUpdate: ['BatchExecuteStatement'],
};

/** The files whose code esbuild left in a bundle. */
function shippedIn(file: string): string[] {
  const inputs = metafile.outputs[`dist/routes/${file}.mjs`]?.inputs;
  if (!inputs) throw new Error(`no bundle of ${file}`);
  return Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
}

function expectNoDeadGrant(entry: string, { items, scans }: Required<FunctionAccess>): void {
  const commands = shippedIn(entry).flatMap(
    (path) => /client-dynamodb\/.*\/commands\/(\w+)Command\.js$/.exec(path)?.[1] ?? [],
  );
  const granted = [...Object.values(items).flat(), ...(scans ? (['Scan'] as const) : [])];
  const dead = granted.filter((action) => !NEEDED_BY[action].some((command) => commands.includes(command)));
  expect(dead, `the bundle has ${commands.join(', ') || 'no DynamoDB command'}`).toEqual([]);
}

// The keys of `ROUTES` are the operation names.
describe.each(Object.keys(ROUTES) as OperationName[])('%s', (operation) => {
  test('may do nothing to the table that its code does not contain', () => {
    const file = files.get(operation);
    if (!file) throw new Error(`no file has the route ${operation}`);
    expectNoDeadGrant(file, routeAccess(operation));
  });
});

describe.each(others)('%s', (entry) => {
  test('may do nothing to the table that its code does not contain', () => {
    expectNoDeadGrant(entry, PERMISSIONS[entry]);
  });
});

test('no route that changes units contains the client of Redis, or may read its address', () => {
  const changing = [...files].filter(
    ([operation, file]) => file.startsWith('quota/') && operation !== 'checkQuota',
  );
  expect(changing.length).toBeGreaterThan(5);
  for (const [operation, file] of changing) {
    expect(routeAccess(operation).capabilities, operation).not.toContain('redis');
    expect(
      shippedIn(file).filter((path) => /redis-client|redis-from-secret|@upstash/.test(path)),
      operation,
    ).toEqual([]);
  }
});
