import type { IncomingHttpHeaders } from 'node:http';

/*
 * The servers of the local stack listen on 127.0.0.1 without keys that are worth the name. A web page that a developer has open
 * reaches them all the same: by a request to the address itself, which carries an `Origin`, or by a name that its owner points
 * to 127.0.0.1 later (DNS rebinding), which is in `Host`.
 */

type Headers = Pick<IncomingHttpHeaders, 'host' | 'origin'>;

const LOCAL_NAMES: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost']);

/** The name in a `Host` header, without its port. */
const nameOf = (host: string | undefined): string => (host ?? '').replace(/:\d*$/, '').toLowerCase();

/**
 * Whether a request names this machine, or one of the other names.
 *
 * @param others names under which a tunnel or a container reaches the server
 */
export function isLocalHost({ host }: Headers, others: readonly string[] = []): boolean {
  const name = nameOf(host);
  return LOCAL_NAMES.has(name) || others.some((other) => other.toLowerCase() === name);
}

/** Whether a request comes from a program of this machine, and from no web page. */
export function isLocalProgram(headers: Headers): boolean {
  return isLocalHost(headers) && headers.origin === undefined;
}

/** The same, or from a page that the server itself has served. */
export function isLocalProgramOrOwnPage(headers: Headers): boolean {
  const { host, origin } = headers;
  return isLocalHost(headers) && (origin === undefined || origin === `http://${host}`);
}
