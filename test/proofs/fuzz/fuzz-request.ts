/** A fuzzer's request, for any transport. */
export interface FuzzRequest {
  /** Decoded, by the names in the route's path. */
  readonly path: Readonly<Record<string, string>>;
  /** The text behind the `?`. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** The caller, as the authorizer would identify it. */
  readonly caller: 'everything' | 'nobody' | 'no scope' | 'another user';
  /** A flaw visible only in the bytes, not in the parsed value: must be refused. */
  readonly flaw?: string;
}

/** For the terminal: all of it can be pasted back. */
export function printable({ body, ...request }: FuzzRequest): string {
  const text = body?.toString('utf8');
  const isText = text !== undefined && Buffer.from(text).equals(body ?? Buffer.alloc(0));
  return JSON.stringify({
    ...request,
    ...(body && (isText ? { body: text } : { base64: body.toString('base64') })),
  });
}
