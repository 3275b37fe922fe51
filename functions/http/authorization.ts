import { AUTHORIZER_CONTEXT, type Scope } from '../../shared/contract.ts';
import type { AuthorizerContext } from './http-event.ts';
import type { Problem } from './problems.ts';

/** Who calls, as far as a route has to know. */
export interface Caller {
  /** The only user the caller may act for, if its key is bound to one. */
  readonly boundTo: string | undefined;
  /** Which key it is; `null`: none was needed. */
  readonly keyId: string | null;
}

/** Anybody: a route without a scope. */
const ANYBODY: Caller = { boundTo: undefined, keyId: null };

/**
 * Lets a caller through whose key has the route's scope. Everything else is turned away, also when no authorizer
 * was asked at all.
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
  return { caller: { boundTo: context[AUTHORIZER_CONTEXT.userId] || undefined, keyId } };
}

/**
 * Turns a bound key away from everything that is not its user's. A route that names no user is open to it only for
 * reading what belongs to nobody, such as the plans.
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

export const WRONG_USER: Problem = {
  code: 'wrong_user',
  detail: 'This API key is bound to another user. Send the key of this user, or one that is not bound.',
};

const CONCERNS_ALL: Problem = {
  code: 'wrong_user',
  detail: 'This API key is bound to one user and cannot call routes that affect all users.',
};

export const NOT_A_KEY: Problem = {
  code: 'invalid_api_key',
  detail:
    'The API key is unknown, expired or revoked. Send a valid one: "Authorization: Bearer qk_…" (a new key may take a minute to be known).',
  headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
};

export function lacksScope(scope: Scope): Problem {
  return {
    code: 'insufficient_scope',
    detail: `This route needs an API key with the scope "${scope}".`,
    extensions: { requiredScope: scope },
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  };
}
