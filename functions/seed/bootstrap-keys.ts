import * as z from 'zod/mini';
import { FIRST_KEY } from '../../shared/contract.ts';
import type { FirstKey } from '../../shared/usecases/keys/seed-deployment.ts';

const key = z.string().check(z.regex(FIRST_KEY.pattern));

const secret = z.object({ adminKey: key, serviceKey: z.optional(key) });

/** Reads the keys in the secret, with the scopes of each. The error names the fields, never their values. */
export function readFirstKeys(value: unknown): FirstKey[] {
  const read = secret.safeParse(value);
  if (!read.success) {
    const names = read.error.issues.map(({ path }) => path.join('.') || 'the whole of it').join(', ');
    throw new Error(`the secret of the first keys is not as expected: ${names}`);
  }
  const { adminKey, serviceKey } = read.data;
  const admin: FirstKey = {
    name: FIRST_KEY.adminName,
    key: adminKey,
    scopes: ['quota', 'read', 'billing', 'admin'],
  };
  if (serviceKey === undefined) return [admin];
  return [admin, { name: 'serviceKey', key: serviceKey, scopes: ['quota', 'read', 'billing'] }];
}
