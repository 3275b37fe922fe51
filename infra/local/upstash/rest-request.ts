import { RestError } from './rest-error.ts';

/** A command's name, in capitals, and its arguments. A body as argument keeps its bytes. */
export interface Command {
  readonly name: string;
  readonly args: readonly (string | Buffer)[];
}

/** One command, a pipeline, or a transaction. */
export type RestRequest =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'pipeline'; readonly commands: readonly Command[] }
  | { readonly kind: 'transaction'; readonly commands: readonly Command[] };

const TOKEN_PARAMETER = '_token';

/** Returns the token of a request, from its header or query. */
export function tokenOf(url: URL, authorization: string | undefined): string | undefined {
  return url.searchParams.get(TOKEN_PARAMETER) ?? authorization?.match(/^Bearer\s+(.+)$/i)?.[1];
}

/**
 * Parses a request: `POST /` with a JSON array, `/pipeline` and `/multi-exec` with an array of arrays, or the
 * command in the path, whose arguments are followed by the body and then by the query.
 *
 * @throws RestError 400
 */
export function readRestRequest(url: URL, body: Buffer): RestRequest {
  switch (url.pathname.replace(/\/$/, '')) {
    case '':
      return { kind: 'command', command: toCommand(parse(body, 'command'), 'command') };
    case '/pipeline':
      return { kind: 'pipeline', commands: toCommands(body, 'pipeline') };
    case '/multi-exec':
      return { kind: 'transaction', commands: toCommands(body, 'transaction') };
    default:
      return { kind: 'command', command: commandInPath(url, body) };
  }
}

function commandInPath(url: URL, body: Buffer): Command {
  const [name = '', ...segments] = url.pathname.split('/').slice(1).map(decodeURIComponent);
  const args: (string | Buffer)[] = [...segments];
  if (body.length > 0) args.push(body);
  for (const [parameter, value] of url.searchParams) {
    if (parameter === TOKEN_PARAMETER) continue;
    // `?EX=100` is two arguments, `?NX` is one.
    args.push(parameter, ...(value === '' ? [] : [value]));
  }
  return { name: name.toUpperCase(), args };
}

function toCommands(body: Buffer, kind: 'pipeline' | 'transaction'): Command[] {
  const rows = parse(body, `${kind} request`);
  if (rows.length === 0) throw new RestError(400, `ERR empty ${kind} request`);
  return rows.map((row) => toCommand(row, `${kind} command`));
}

function toCommand(row: unknown, what: string): Command {
  if (!Array.isArray(row)) throw new RestError(400, `ERR failed to parse ${what}`);
  if (row.length === 0) throw new RestError(400, `ERR empty ${what}`);
  const [name, ...args] = row.map((value: unknown) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw new RestError(400, `ERR failed to parse ${what}`);
  });
  return { name: String(name).toUpperCase(), args };
}

function parse(body: Buffer, what: string): unknown[] {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (Array.isArray(value)) return value;
  } catch {
    // Rejected like JSON of another shape.
  }
  throw new RestError(400, `ERR failed to parse ${what}`);
}
