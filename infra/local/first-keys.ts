import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomText } from './secrets.ts';

/** The keys that the seed stores at the first start; the service's callers send them as bearer tokens. */
export interface FirstKeys {
  readonly adminKey: string;
  readonly serviceKey: string;
}

const LENGTH = 48;

/**
 * The given keys, else those kept with the data, else new ones.
 *
 * @param file keeps them, so that a restart on kept data has the keys that are in the table
 */
export async function firstKeys(given: Partial<FirstKeys>, file: string | undefined): Promise<FirstKeys> {
  const kept: Partial<FirstKeys> = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const keys = {
    adminKey: given.adminKey ?? kept.adminKey ?? randomText(LENGTH),
    serviceKey: given.serviceKey ?? kept.serviceKey ?? randomText(LENGTH),
  };
  if (file) {
    await mkdir(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  }
  return keys;
}
