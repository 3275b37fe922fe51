/** A request as a fuzzer makes it, whatever way it travels. */
export interface FuzzRequest {
  /** Decoded, by the names in the route's path. */
  readonly path: Readonly<Record<string, string>>;
  /** As it stands behind the `?`. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Who asks, as the authorizer would have said. */
  readonly caller: 'everything' | 'nobody' | 'no scope' | 'another user';
  /** Something that only reading the bytes tells, so that no parsed value shows it: must be refused. */
  readonly flaw?: string;
}

/** For the terminal: everything in it can be pasted back. */
export function printable({ body, ...request }: FuzzRequest): string {
  const text = body?.toString('utf8');
  const isText = text !== undefined && Buffer.from(text).equals(body ?? Buffer.alloc(0));
  return JSON.stringify({
    ...request,
    ...(body && (isText ? { body: text } : { base64: body.toString('base64') })),
  });
}
