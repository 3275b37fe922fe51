import type * as z from 'zod/mini';
import type { Route } from '../../shared/contract.ts';
import { PROBLEMS, type ProblemCode } from '../http/problems.ts';
import type { RequestShape } from '../http/request-shape.ts';
import type { Subject } from './problems.ts';

export interface Answer {
  readonly status: 200 | 201 | 202 | 204;
  readonly says: string;
  readonly schema?: z.ZodMiniType;
  readonly examples?: Readonly<Record<string, object>>;
  /** Types of text that the caller may ask for instead. */
  readonly otherTypes?: readonly string[];
  /** Whether it has the RateLimit headers. */
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

/** A route as the document describes it. Problems that every route of its kind has are added by the document. */
export interface OperationDoc {
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  /** What a caller has to know besides; CommonMark. */
  readonly description?: string;
  readonly request: RequestShape;
  /** What a function reads that no schema validates; `request` has the rest. */
  readonly unvalidated?: { readonly headers: z.ZodMiniObject; readonly body: z.ZodMiniType };
  /** The body of a request. */
  readonly example?: object;
  /** What the result inside a denial is about. @default 'one' */
  readonly subject?: Subject;
  readonly answers: readonly Answer[];
  readonly problems?: readonly ProblemCode[];
}

/** What a change can come to when the store does not answer in time. */
export const CHANGE_PROBLEMS = ['outcome_unknown', 'account_busy'] as const satisfies readonly ProblemCode[];

/** What every change under a caller's own operation id can come to besides. */
export const IDEMPOTENT_PROBLEMS: readonly ProblemCode[] = ['clock_ahead', 'key_reused', ...CHANGE_PROBLEMS];

/** What every use of units can be denied for. */
export const USE_PROBLEMS = ['exceeded', 'unknown_feature', 'suspended'] as const;

/** Every problem that a route can answer with. */
export function problemCodes({ request, problems: own = [] }: OperationDoc, { scope }: Route): ProblemCode[] {
  const codes: ProblemCode[] = [...own, 'internal_error', 'unavailable'];
  if (scope !== null) codes.push('invalid_api_key', 'insufficient_scope');
  const concernsOne = [request.path, request.body].some((part) => part && 'userId' in part.shape);
  if (scope !== null && (concernsOne || scope !== 'read')) codes.push('wrong_user');
  if (request.path || request.query || request.body) codes.push('invalid_request');
  if (request.body) codes.push('invalid_json', 'body_too_large', 'unsupported_media_type');
  if (request.isBounded) codes.push('amount_too_large');
  if (request.isConditional) codes.push('version_mismatch');
  if (request.isIdempotent) codes.push(...IDEMPOTENT_PROBLEMS);
  return [...new Set(codes)].sort((a, b) => PROBLEMS[a].status - PROBLEMS[b].status);
}
