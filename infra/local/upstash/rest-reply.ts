/** A reply of Redis: strings as bytes, nil, integers, arrays, and errors inside arrays. */
export type RedisReply = Buffer | string | number | null | Error | readonly RedisReply[];

/** Encoding of strings. `base64` preserves bytes that are not UTF-8. */
export type Encoding = 'utf8' | 'base64';

export type RestReply = { readonly result: unknown } | { readonly error: string };

/**
 * Converts a reply to Upstash's JSON. In base64 every string is encoded but a bare `OK`.
 *
 * Source: "Response", Upstash REST API documentation.
 */
export function toRestReply(reply: RedisReply, encoding: Encoding): RestReply {
  if (reply instanceof Error) return { error: reply.message };
  if (String(reply) === 'OK' && !Array.isArray(reply)) return { result: 'OK' };
  return { result: encode(reply, encoding) };
}

function encode(reply: RedisReply, encoding: Encoding): unknown {
  if (reply === null || typeof reply === 'number') return reply;
  if (reply instanceof Error) return encode(reply.message, encoding);
  if (typeof reply === 'string') return encode(Buffer.from(reply), encoding);
  if (Buffer.isBuffer(reply)) return reply.toString(encoding);
  return reply.map((item) => encode(item, encoding));
}
