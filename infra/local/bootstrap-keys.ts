import { existsSync, readFileSync } from 'node:fs';
import { randomText } from './aws/secrets.ts';
import { writeFileAtomically } from './host/atomic-file.ts';

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
 * @throws Error when the kept ones cannot be read
 */
export async function firstKeys(given: Partial<FirstKeys>, file: string | undefined): Promise<FirstKeys> {
  const kept = file && existsSync(file) ? readKeys(file) : {};
  const keys = {
    adminKey: given.adminKey ?? kept.adminKey ?? randomText(LENGTH),
    serviceKey: given.serviceKey ?? kept.serviceKey ?? randomText(LENGTH),
  };
  if (file) await writeFileAtomically(file, JSON.stringify(keys));
  return keys;
}

function readKeys(file: string): Partial<FirstKeys> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(
      `${file}, the kept keys, cannot be read: ${error}. Restore it, or delete it to have new keys.`,
    );
  }
}
