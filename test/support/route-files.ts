import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OperationName, ROUTE_GROUPS } from '../../shared/contract.ts';

const FUNCTIONS = join(import.meta.dirname, '../../functions');

/**
 * The file of each route, as its path below `functions/` without `.ts`. Read from the sources: nothing is
 * loaded.
 */
export async function routeFiles(): Promise<Map<OperationName, string>> {
  const files = new Map<OperationName, string>();
  for (const group of ROUTE_GROUPS) {
    for (const file of await readdir(join(FUNCTIONS, group))) {
      const text = await readFile(join(FUNCTIONS, group, file), 'utf8');
      const [, operation] = /^export const route = \w+\(\s*'(\w+)'/m.exec(text) ?? [];
      // The compiler accepts the names of operations alone.
      if (operation) files.set(operation as OperationName, `${group}/${file.replace(/\.ts$/, '')}`);
    }
  }
  return files;
}
