import type * as z from 'zod/mini';
import type { ProblemCode } from '../runtime/problems.ts';
import type { RequestShape } from '../runtime/request-shape.ts';

export interface Answer {
  readonly status: 200 | 201 | 202 | 204;
  readonly says: string;
  readonly schema?: z.ZodMiniType;
  readonly examples?: Readonly<Record<string, object>>;
  /** Types of text that the caller may ask for instead. */
  readonly otherTypes?: readonly string[];
  /** Whether it has the RateLimit headers. */
  readonly isMetered?: boolean;
}

/** A route as the document tells it. Problems that every route of its kind has are added by the document. */
export interface OperationDoc {
  readonly tag: 'Quota' | 'Reservations' | 'Users' | 'Plans' | 'Billing' | 'Administration' | 'Service';
  readonly summary: string;
  readonly request: RequestShape;
  readonly example?: object;
  readonly answers: readonly Answer[];
  readonly problems?: readonly ProblemCode[];
}

/** What a change can come to when the store does not answer in time. */
export const CHANGE_PROBLEMS = ['outcome_unknown', 'account_busy'] as const satisfies readonly ProblemCode[];

/** What every change under a caller's own operation id can come to besides. */
export const IDEMPOTENT_PROBLEMS: readonly ProblemCode[] = ['clock_ahead', 'key_reused', ...CHANGE_PROBLEMS];
