import { AUTHORIZER_CONTEXT, isProbe, PROBES, type Scope } from '../../shared/contract.ts';
import type { RateLimit } from '../../shared/domain/rate-limit.ts';
import type { AuthorizerContext } from './http-event.ts';
import { invalidRequest, type Problem } from './problems.ts';

/** The authenticated caller of a route. */
export interface Caller {
  /** The only user the caller may act for, if its key is bound to one. */
  readonly boundTo: string | undefined;
  /** `null`: the route needs no key. */
  readonly keyId: string | null;
  /** Of its key, if it has one. */
  readonly rateLimit?: RateLimit | undefined;
}

/** The caller of a route without a scope. */
const ANYBODY: Caller = { boundTo: undefined, keyId: null };

/**
 * Admits a caller whose key has the route's scope. Rejects everything else, also a request that no authorizer
 * has seen.
 */
export function authorize(
  context: AuthorizerContext,
  scope: Scope | null,
): { caller: Caller } | { problem: Problem } {
  if (scope === null) return { caller: ANYBODY };
  const keyId = context[AUTHORIZER_CONTEXT.keyId];
  if (!keyId) return { problem: NOT_A_KEY };
  const scopes = (context[AUTHORIZER_CONTEXT.scopes] ?? '').split(' ');
  if (!scopes.includes(scope)) return { problem: lacksScope(scope) };
  const boundTo = context[AUTHORIZER_CONTEXT.userId] || undefined;
  return { caller: { boundTo, keyId, rateLimit: rateLimitOf(context) } };
}

function rateLimitOf(context: AuthorizerContext): RateLimit | undefined {
  const requestsPerSecond = Number(context[AUTHORIZER_CONTEXT.requestsPerSecond]);
  const burst = Number(context[AUTHORIZER_CONTEXT.burst]);
  return requestsPerSecond > 0 && burst > 0 ? { requestsPerSecond, burst } : undefined;
}

/**
 * Rejects a bound key on everything that is not its user's. A route without a user accepts it only for
 * reading what all users share, such as the plans.
 */
export function checkBinding(
  { boundTo }: Pick<Caller, 'boundTo'>,
  userId: string | undefined,
  scope: Scope | null,
): Problem | undefined {
  if (boundTo === undefined || userId === boundTo) return undefined;
  if (userId === undefined && scope === 'read') return undefined;
  return userId === undefined ? CONCERNS_ALL : WRONG_USER;
}

/**
 * Rejects the id of a probe from every key that is not bound to it. Probes have a plan of their own and are
 * in no report: an id of the product's own must not become one by its spelling.
 */
export function checkProbe(
  { boundTo }: Pick<Caller, 'boundTo'>,
  userId: string | undefined,
): Problem | undefined {
  if (userId === undefined || userId === boundTo || !isProbe(userId)) return undefined;
  const message = `must not begin with "${PROBES.userPrefix}", which is reserved for checks of the deployment`;
  return invalidRequest([{ path: 'userId', message, code: 'reserved' }]);
}

export const WRONG_USER: Problem = {
  code: 'wrong_user',
  detail: 'This API key is bound to another user. Send the key of this user, or an unbound key.',
};

const CONCERNS_ALL: Problem = {
  code: 'wrong_user',
  detail: 'This API key is bound to one user and cannot call routes that affect all users.',
};

export const NOT_A_KEY: Problem = {
  code: 'invalid_api_key',
  detail:
    'The API key is unknown, expired or revoked. Send a valid one: "Authorization: Bearer qk_…" (a new key may take a minute to become valid).',
  headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
};

export function lacksScope(scope: Scope): Problem {
  return {
    code: 'insufficient_scope',
    detail: `This route requires an API key with the scope "${scope}".`,
    extensions: { requiredScope: scope },
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  };
}
