import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bundleFunctions } from '../../infra/bundle.ts';
import { PERMISSIONS, type TableAction } from '../../infra/permissions.ts';
import { ALL_ENTRIES, type Entry } from '../../shared/contract.ts';

const folder = await mkdtemp(join(tmpdir(), 'quota-bundles-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const { outputs } = (await bundleFunctions(folder)).metafile;

/** The SDK's commands that ask for an action; a transaction asks for those of its parts. */
const ASKED_BY: Readonly<Record<TableAction, readonly string[]>> = {
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

function outputOf(entry: Entry) {
  const output = Object.entries(outputs).find(([path]) => path.endsWith(`/${entry}/index.mjs`))?.[1];
  if (!output) throw new Error(`no bundle for ${entry}`);
  return output;
}

/** DynamoDB commands whose code esbuild left in the bundle. */
function commandsIn(entry: Entry): string[] {
  return Object.entries(outputOf(entry).inputs).flatMap(([path, { bytesInOutput }]) => {
    const command = /client-dynamodb\/.*\/commands\/(\w+)Command\.js$/.exec(path)?.[1];
    return command !== undefined && bytesInOutput > 0 ? [command] : [];
  });
}

describe.each(ALL_ENTRIES)('%s', (entry) => {
  // A function that is not written yet has an answer and nothing behind it.
  const written = outputOf(entry).bytes > 1_000;
  test.skipIf(!written)('may do nothing to the table that its code never asks for', () => {
    const commands = commandsIn(entry);
    const dead = PERMISSIONS[entry].table.filter(
      (action) => !ASKED_BY[action].some((command) => commands.includes(command)),
    );
    expect(dead, `the bundle has ${commands.join(', ') || 'no DynamoDB command'}`).toEqual([]);
  });
});
