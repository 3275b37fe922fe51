import { type Agent, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { endToEnd } from './protocol.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** Forwards a request whose body was read, and returns the whole answer. */
export async function passOn(
  upstream: string,
  { method, url = '/', headers }: IncomingMessage,
  body: Buffer,
  agent: Agent,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request(new URL(url, upstream), { method, headers: endToEnd(headers), agent }, resolve);
  outgoing.once('error', reject).end(body);
  const answer = await promise;
  return {
    status: answer.statusCode ?? 502,
    headers: endToEnd(answer.headers),
    body: await buffer(answer),
  };
}
