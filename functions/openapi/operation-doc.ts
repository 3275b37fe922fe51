import type * as z from 'zod/mini';
import type { Route } from '../../shared/contract.ts';
import { PROBLEMS, type ProblemCode } from '../http/problems.ts';
import type { RequestShape } from '../http/request-shape.ts';
import type { Subject } from './problems.ts';

export interface ResponseDoc {
  readonly status: 200 | 201 | 202 | 204;
  readonly description: string;
  readonly schema?: z.ZodMiniType;
  readonly examples?: Readonly<Record<string, object>>;
  /** Other media types that the caller may request. */
  readonly otherTypes?: readonly string[];
  /** Whether the response has the RateLimit headers. */
  readonly isMetered?: boolean;
  /** Further headers. */
  readonly headers?: z.ZodMiniObject;
}

/** The groups of operations, in the order of the document. */
export const TAGS = {
  Quota: 'Check, consume and release units.',
  Reservations: 'Reserve units before their amount is known, then confirm or release them.',
  Users: 'Quota, usage, alerts and subscription of one user.',
  Plans: 'The catalogue of plans, with every version.',
  Billing: 'Checkout and portal pages of Stripe, and its webhook.',
  Administration: 'Resets, grants, API keys, jobs, caches and reports.',
  Service: 'Health, and this document.',
} as const;

/** A route as the document describes it. The document adds the problems that all routes of its kind share. */
export interface OperationDoc {
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  /** Further text, in CommonMark. */
  readonly description?: string;
  readonly request: RequestShape;
  /** Input that the function reads without validating it by a schema; `request` has the rest. */
  readonly unvalidated?: { readonly headers: z.ZodMiniObject; readonly body: z.ZodMiniType };
  /** A request body. */
  readonly example?: object;
  /** Shape of the result inside a denial. @default 'one' */
  readonly subject?: Subject;
  readonly responses: readonly ResponseDoc[];
  readonly problems?: readonly ProblemCode[];
}

/** Problems of a change when the store does not respond in time. */
export const CHANGE_PROBLEMS = ['outcome_unknown', 'account_busy'] as const satisfies readonly ProblemCode[];

/** Further problems of every change under a caller's own operation id. */
export const IDEMPOTENT_PROBLEMS: readonly ProblemCode[] = [
  'clock_ahead',
  'key_reused',
  'key_expired',
  ...CHANGE_PROBLEMS,
];

/** Denials of every use of units. */
export const USE_PROBLEMS = ['exceeded', 'unknown_feature', 'suspended'] as const;

/** Every problem that a route can return. */
export function problemCodes({ request, problems: own = [] }: OperationDoc, { scope }: Route): ProblemCode[] {
  const codes: ProblemCode[] = [...own, 'internal_error', 'unavailable'];
  if (scope !== null) codes.push('invalid_api_key', 'insufficient_scope', 'rate_limited');
  const concernsOne = [request.path, request.body].some((part) => part && 'userId' in part.shape);
  if (scope !== null && (concernsOne || scope !== 'read')) codes.push('wrong_user');
  if (request.path || request.query || request.body) codes.push('invalid_request');
  if (request.body) codes.push('invalid_json', 'body_too_large', 'unsupported_media_type');
  if (request.isBounded) codes.push('amount_too_large');
  if (request.isConditional) codes.push('version_mismatch');
  if (request.isIdempotent) codes.push(...IDEMPOTENT_PROBLEMS);
  return [...new Set(codes)].sort((a, b) => PROBLEMS[a].status - PROBLEMS[b].status);
}
