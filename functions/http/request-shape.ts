import type * as z from 'zod/mini';
import type { ExpectedVersion } from '../../shared/domain/plan-edit.ts';

/** The input of a route. The same object validates requests and describes them in the OpenAPI document. */
export interface RequestShape {
  readonly path?: z.ZodMiniObject;
  readonly query?: z.ZodMiniObject;
  readonly body?: z.ZodMiniObject;
  /** Whether the route honours an `Idempotency-Key`. */
  readonly isIdempotent?: boolean;
  /** Whether the deployment's `maxAmount` bounds the units in its body. */
  readonly isBounded?: boolean;
  /** Whether the route honours `If-Match` and `If-None-Match` with versions of a plan. */
  readonly isConditional?: boolean;
}

type Part<S> = S extends z.ZodMiniType<infer T> ? T : undefined;

/** A request that fits its shape. */
export interface DecodedRequest<S extends RequestShape> {
  readonly path: Part<S['path']>;
  readonly query: Part<S['query']>;
  readonly body: Part<S['body']>;
  readonly idempotencyKey: string | undefined;
  /** The version that `If-Match` or `If-None-Match` expects; `undefined`: the request is unconditional. */
  readonly expected: ExpectedVersion | undefined;
  /** Whether the caller accepts a body in gzip. */
  readonly acceptsGzip: boolean;
  /** When it arrived (epoch ms). */
  readonly arrivedAt: number;
}
