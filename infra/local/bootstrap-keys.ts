import { existsSync, readFileSync } from 'node:fs';
import { randomText } from './aws/secrets.ts';
import { writeFileAtomically } from './host/atomic-file.ts';

/** The keys that the seed function stores at the first start. Callers send them as bearer tokens. */
export interface BootstrapKeys {
  readonly adminKey: string;
  readonly serviceKey: string;
}

const LENGTH = 48;

/**
 * Returns the given keys, else the persisted ones, else new ones.
 *
 * @param file persists them, so that a restart on persisted data has the keys in the table
 * @throws Error if the persisted ones cannot be read
 */
export async function bootstrapKeys(
  given: Partial<BootstrapKeys>,
  file: string | undefined,
): Promise<BootstrapKeys> {
  const kept = file && existsSync(file) ? readKeys(file) : {};
  const keys = {
    adminKey: given.adminKey ?? kept.adminKey ?? randomText(LENGTH),
    serviceKey: given.serviceKey ?? kept.serviceKey ?? randomText(LENGTH),
  };
  if (file) await writeFileAtomically(file, JSON.stringify(keys));
  return keys;
}

function readKeys(file: string): Partial<BootstrapKeys> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(
      `${file}with the persisted keys cannot be read: ${error}. Restore it, or delete it to get new keys.`,
    );
  }
}
