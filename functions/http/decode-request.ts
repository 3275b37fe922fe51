import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod/mini';
import { decodeIdempotencyKey } from './idempotency-key.ts';
import { inputErrors, PARSE_OPTIONS, pathText } from './input-errors.ts';
import { decodeBody } from './json-body.ts';
import { decodePrecondition } from './preconditions.ts';
import { type InputError, invalidRequest, type Problem } from './problems.ts';
import type { DecodedRequest, RequestShape } from './request-shape.ts';

export type Decoding<S extends RequestShape> =
  | { readonly request: DecodedRequest<S> }
  | { readonly problem: Problem };

/** `gzip`, unless its weight is 0 (RFC 9110 §12.5.3). */
const GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i;

/** Decodes a request by its shape, or returns all of its errors at once. `now`: its arrival (epoch ms). */
export function decodeRequest<S extends RequestShape>(
  event: APIGatewayProxyEventV2,
  shape: S,
  now: number,
): Decoding<S> {
  const json = shape.body ? decodeBody(event) : { value: undefined, errors: [] };
  if ('problem' in json) return json;
  const key = shape.isIdempotent ? decodeIdempotencyKey(event.headers, now) : { key: undefined };
  if ('problem' in key) return key;
  const match = shape.isConditional ? decodePrecondition(event.headers) : { expected: undefined };
  if ('problem' in match) return match;

  const errors: InputError[] = json.errors.map(({ path, ...error }) => ({
    path: pathText(path, 'body'),
    ...error,
  }));
  const part = (schema: z.ZodMiniObject | undefined, value: unknown, root: string) => {
    const read = schema?.safeParse(value, PARSE_OPTIONS);
    if (read?.success === false) errors.push(...inputErrors(read.error.issues, root));
    return read?.data;
  };
  const request = {
    path: part(shape.path, event.pathParameters ?? {}, 'path'),
    query: part(shape.query, event.queryStringParameters ?? {}, 'query'),
    body: part(shape.body, json.value, 'body'),
    idempotencyKey: key.key,
    expected: match.expected,
    acceptsGzip: GZIP.test(event.headers['accept-encoding'] ?? ''),
    arrivedAt: now,
  };
  if (errors.length > 0) return { problem: invalidRequest(errors) };
  return { request: request as DecodedRequest<S> }; // every part was read by the shape's own schema
}
