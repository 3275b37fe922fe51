import * as z from 'zod/mini';
import type { FirstKey } from '../../shared/usecases/seed-deployment.ts';

/** Visible ASCII: what an `Authorization` header carries as it is. */
const key = z.string().check(z.regex(/^[\x21-\x7e]{8,256}$/));

const secret = z.object({ adminKey: key, serviceKey: z.optional(key) });

/** The keys in the secret, with what each may do. The error names the fields and never their values. */
export function readFirstKeys(value: unknown): FirstKey[] {
  const read = secret.safeParse(value);
  if (!read.success) {
    const names = read.error.issues.map(({ path }) => path.join('.') || 'the whole of it').join(', ');
    throw new Error(`the secret of the first keys is not as expected: ${names}`);
  }
  const { adminKey, serviceKey } = read.data;
  const admin: FirstKey = { name: 'adminKey', key: adminKey, scopes: ['quota', 'read', 'admin'] };
  if (serviceKey === undefined) return [admin];
  return [admin, { name: 'serviceKey', key: serviceKey, scopes: ['quota', 'read'] }];
}
