import type { Expectation } from './expectation.ts';
import type { FuzzRoute } from './routes.ts';

/** An answer as a caller gets it. */
export interface FuzzAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Maximum of reported faults: beyond it the expected one may be missing. */
const MAX_REPORTED = 50;
/** Must never appear in an answer: a stack, a file, a key, the table's own messages. */
const LEAK =
  /\n\s+at |node:internal|file:\/\/|\.ts:\d|index\.mjs|qk_[A-Za-z0-9_-]{43}|ConditionExpression|dynamodb/i;

/** The fault of an answer; `undefined`: none. */
export function faultOf(route: FuzzRoute, expectation: Expectation, answer: FuzzAnswer): string | undefined {
  const { status, body } = answer;
  if (status >= 500) return `status ${status}`;
  const { refusedWith } = expectation;
  if (refusedWith && status < 400)
    return `accepted with ${status}, to be refused with ${refusedWith.join(' or ')}`;
  if (refusedWith && !refusedWith.includes(status))
    return `status ${status} instead of ${refusedWith.join(' or ')}`;
  const misfit = misfitOf(route, answer);
  if (misfit !== undefined) return misfit;
  if (route.name !== 'createApiKey' && route.name !== 'getOpenApi' && LEAK.test(body))
    return 'the answer leaks';
  return status >= 400 ? problemFault(expectation, JSON.parse(body)) : undefined;
}

/** Whether an answer is documented, with its documented shape. */
function misfitOf({ answers }: FuzzRoute, { status, headers, body }: FuzzAnswer): string | undefined {
  const documented = answers.get(status);
  if (!documented) return `status ${status} is not documented`;
  if (body === '') return documented.size === 0 ? undefined : `status ${status} without a body`;
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (status >= 400 && type !== 'application/problem+json') return `the problem is ${type || 'of no type'}`;
  // The document specifies no shape.
  if (documented.size === 0) return undefined;
  if (!documented.has(type)) return `${type} is not documented for ${status}`;
  const validate = documented.get(type);
  // Only JSON has a schema.
  if (!validate || !type.endsWith('json')) return undefined;
  if (validate(JSON.parse(body))) return undefined;
  const [error] = validate.errors ?? [];
  return `the answer does not fit its schema: ${error?.instancePath} ${error?.message}`;
}

interface ProblemDocument {
  readonly status: number;
  readonly code: string;
  readonly errors?: readonly { readonly path: string }[];
}

function problemFault({ fields }: Expectation, { code, errors }: ProblemDocument): string | undefined {
  if (code === undefined) return 'a problem without a code';
  if (!['invalid_request', 'invalid_json', 'clock_ahead'].includes(code)) return undefined;
  if (!errors?.length) return `${code} names no field`;
  // The clock of a key is checked first, and reported alone.
  if (fields.length === 0 || errors.length >= MAX_REPORTED || code === 'clock_ahead') return undefined;
  const reported = errors.map(({ path }) => path);
  const isNamed = fields.some((field) => reported.some((path) => names(path, field)));
  return isNamed ? undefined : `reported ${reported.join(', ')}; none of ${fields.join(', ')}`;
}

/** Whether a path such as `items[2].amount` or `["a b"]` begins with this field. Long names are clipped. */
function names(path: string, field: string): boolean {
  const clipped = field.length <= 64 ? field : `${field.slice(0, 64)}…`;
  const written = [clipped, `[${JSON.stringify(clipped)}]`];
  return written.some((name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`));
}
