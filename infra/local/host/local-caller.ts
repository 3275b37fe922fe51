import type { IncomingHttpHeaders } from 'node:http';

/*
 * The local stack's servers listen on 127.0.0.1 with public or no keys. An open web page can reach them: by a
 * request to the address, which carries an `Origin`, or by a name that its owner later points to 127.0.0.1
 * (DNS rebinding), which is in `Host`.
 */

type Headers = Pick<IncomingHttpHeaders, 'host' | 'origin'>;

const LOCAL_NAMES: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost']);

/** Returns the name in a `Host` header, without the port. */
const nameOf = (host: string | undefined): string => (host ?? '').replace(/:\d*$/, '').toLowerCase();

/**
 * Whether a request names this machine or one of the other hosts.
 *
 * @param others host names by which a tunnel or a container reaches the server
 */
export function isLocalHost({ host }: Headers, others: readonly string[] = []): boolean {
  const name = nameOf(host);
  return LOCAL_NAMES.has(name) || others.some((other) => other.toLowerCase() === name);
}

/** Whether a request comes from a program on this machine, not from a web page. */
export function isLocalProgram(headers: Headers): boolean {
  return isLocalHost(headers) && headers.origin === undefined;
}

/** Like {@link isLocalProgram}, or from a page of the same server. */
export function isLocalProgramOrOwnPage(headers: Headers): boolean {
  const { host, origin } = headers;
  return isLocalHost(headers) && (origin === undefined || origin === `http://${host}`);
}
