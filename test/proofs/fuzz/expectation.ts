import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { FuzzRequest } from './fuzz-request.ts';
import type { FuzzRoute } from './routes.ts';

/** The documented result of a request, derived without the service's code. */
export interface Expectation {
  /** The statuses of its refusal; `undefined`: it is valid, and any documented answer may follow. */
  readonly refusedWith: readonly number[] | undefined;
  /** Fields of which the refusal must name one; empty: none is visible from outside. */
  readonly fields: readonly string[];
}

/** A request as the handler gets it. */
export interface Decoded {
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

const MAX_BODY_BYTES = 65_536;
const FITS: Expectation = { refusedWith: undefined, fields: [] };

/** The expected result of a request, by the OpenAPI document and the transport's own rules. */
export function expectationOf(route: FuzzRoute, request: FuzzRequest, decoded: Decoded): Expectation {
  const { scope } = route.route;
  if (scope !== null && request.caller === 'nobody') return refused(401);
  if (scope !== null && request.caller === 'no scope') return refused(403);
  const body = route.isValid.body ? bodyOf(decoded, route.isValid.body) : FITS;
  if (body.refusedWith && !body.refusedWith.includes(400)) return body;
  const faults = [
    body,
    { refusedWith: [400], fields: badKey(route, decoded) },
    { refusedWith: [400], fields: faultsIn(route.isValid.path, decoded.path, 'path') },
    { refusedWith: [400], fields: faultsIn(route.isValid.query, decoded.query, 'query') },
  ].filter((one, index) => one.refusedWith && (index === 0 || one.fields.length > 0));
  if (faults.length > 0) return refused(400, ...faults.flatMap(({ fields }) => fields));
  if (request.flaw !== undefined && route.isValid.body) return refused(400);
  return FITS;
}

function bodyOf({ headers, body }: Decoded, validate: ValidateFunction): Expectation {
  const type = headers['content-type'];
  if (type === undefined) return body.length === 0 ? refused(400, 'body') : refused(415, 'Content-Type');
  if (!/^\s*application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i.test(type))
    return refused(415, 'Content-Type');
  if (body.length > MAX_BODY_BYTES) return refused(413, 'body');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return refused(400, 'body');
  }
  const fields = faultsIn(validate, value, 'body');
  return fields.length > 0 ? refused(400, ...fields, ...(isDeep(value) ? ['body'] : [])) : FITS;
}

/** The service reads 16 levels, and names the whole body beyond that. */
function isDeep(value: unknown, level = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return level >= 16 || Object.values(value).some((inner) => isDeep(inner, level + 1));
}

function badKey({ takesKey }: FuzzRoute, { headers }: Decoded): string[] {
  const key = headers['idempotency-key'];
  const isBad = takesKey && key !== undefined && !/^(?!settle_)[\x20-\x2b\x2d-\x7e]{1,255}$/.test(key);
  return isBad ? ['Idempotency-Key'] : [];
}

/** Names of the invalid parts of a value, as the service reports paths: the first step of each. */
function faultsIn(validate: ValidateFunction | undefined, value: unknown, root: string): string[] {
  if (!validate || validate(value)) return [];
  return (validate.errors ?? []).map((error) => nameOf(error, root));
}

function nameOf({ instancePath, keyword, params }: ErrorObject, root: string): string {
  const [, first] = instancePath.split('/');
  if (first !== undefined) return first.replaceAll('~1', '/').replaceAll('~0', '~');
  if (keyword === 'required') return String(params.missingProperty);
  if (keyword === 'additionalProperties') return String(params.additionalProperty);
  return root;
}

function refused(status: number, ...fields: readonly string[]): Expectation {
  return { refusedWith: [status], fields };
}
