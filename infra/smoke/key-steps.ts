import { z } from 'zod';
import { PROBES, SCOPES, type Scope } from '../../shared/contract.ts';
import type { MadeKey, SmokeRun } from './smoke-run.ts';
import type { Step } from './step.ts';

const NewKey = z.object({ key: z.string().min(1), keyId: z.string().min(1) });
const code = (name: string) => z.object({ code: z.literal(name) });
/** Keys end by themselves if the run is interrupted. */
const LIFETIME_MS = 3_600_000;
const { scarce } = PROBES.features;

/** Creates a key that is bound to the run's user. */
function createKey(name: MadeKey, scopes: readonly Scope[], checks: string): Step {
  return {
    operation: 'createApiKey',
    checks,
    request: ({ operatorKey, userId }) => ({
      key: operatorKey,
      body: {
        name: `smoke: ${name}`,
        scopes,
        userId,
        expiresAt: new Date(Date.now() + LIFETIME_MS).toISOString(),
      },
    }),
    status: 201,
    body: NewKey,
    after: (run, { body }) => run.addKey(name, NewKey.parse(body)),
    isEssential: true,
  };
}

function revokeKey(name: MadeKey, checks: string): Step {
  return {
    operation: 'revokeApiKey',
    checks,
    request: (run) => ({ key: run.operatorKey, path: { keyId: run.keyId(name) } }),
    status: 204,
  };
}

const oneUnit = ({ userId }: SmokeRun) => ({ userId, type: scarce });

export const KEY_STEPS: readonly Step[] = [
  createKey('caller', SCOPES, 'the given key has the scope "admin" and creates a key'),
  createKey('reader', ['read'], 'a key that may only read'),
  createKey('revoked', ['quota'], 'a key to be revoked'),
  revokeKey('revoked', 'a key is revoked'),
  {
    operation: 'consumeQuota',
    checks: 'a revoked key is refused',
    request: (run) => ({ key: run.key('revoked'), body: oneUnit(run) }),
    status: 401,
    body: code('invalid_api_key'),
  },
  {
    operation: 'consumeQuota',
    checks: 'no key is refused',
    request: (run) => ({ body: oneUnit(run) }),
    status: 401,
  },
  {
    operation: 'consumeQuota',
    checks: 'an unknown key is refused',
    request: (run) => ({ key: `qk_${'0'.repeat(43)}`, body: oneUnit(run) }),
    status: 401,
    body: code('invalid_api_key'),
  },
  {
    operation: 'consumeQuota',
    checks: 'a key without the scope "quota" is refused',
    request: (run) => ({ key: run.key('reader'), body: oneUnit(run) }),
    status: 403,
    body: code('insufficient_scope'),
  },
  {
    operation: 'getUserQuota',
    checks: 'a key bound to one user is refused for another',
    request: (run) => ({ key: run.key('reader'), path: { userId: `${run.userId}-other` } }),
    status: 403,
    body: code('wrong_user'),
  },
  {
    operation: 'grantQuota',
    checks: 'a reserved user id is refused from a key that is not bound to it',
    request: (run) => ({
      key: run.operatorKey,
      body: { ...oneUnit(run), amount: 1, reason: 'smoke' },
    }),
    status: 400,
    body: z.object({
      errors: z.tuple([z.object({ path: z.literal('userId'), code: z.literal('reserved') })]),
    }),
  },
];

/** Run in any case: what the run created no longer works. */
export const REVOKE_STEPS: readonly Step[] = [
  revokeKey('caller', 'cleanup: the key with all scopes is revoked'),
  revokeKey('reader', 'cleanup: the key that may only read is revoked'),
];
