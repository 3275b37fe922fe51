import type * as z from 'zod/mini';
import type { InputError } from './problems.ts';

type Issue = z.core.$ZodIssue;

/** The message of an issue whose schema has none of its own. */
const UNWORDED = 'Invalid input';

/** With these, messages do not depend on the locale of zod, which any module in the process may set. */
export const PARSE_OPTIONS: z.core.ParseContext<z.core.$ZodIssue> = {
  reportInput: true,
  error: () => UNWORDED,
};

/** Maps the issues of a schema to input errors. */
export function inputErrors(issues: readonly Issue[], root: string): InputError[] {
  return issues.flatMap((issue) => explain(issue, root));
}

/** `['items', 2, 'amount']` → `items[2].amount`; an empty path is `root` itself. */
export function pathText(path: readonly PropertyKey[], root: string): string {
  let text = '';
  for (const step of path) {
    const name = clipped(step);
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^\w+…?$/.test(name)) text += text === '' ? name : `.${name}`;
    else text += `[${JSON.stringify(name)}]`;
  }
  return text === '' ? root : text;
}

/** Truncates a name from the caller, so that it cannot fill a response. */
function clipped(name: PropertyKey): string {
  const text = String(name);
  return text.length <= 64 ? text : `${text.slice(0, 64)}…`;
}

function explain(issue: Issue, root: string): InputError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key], root),
      message: 'is not a field of this request',
      code: 'unknown_field',
    }));
  }
  const path = pathText(issue.path, root);
  return [{ path, message: messageOf(issue), code: isMissing(issue) ? 'missing' : codeOf(issue) }];
}

function isMissing(issue: Issue): boolean {
  return (issue.code === 'invalid_type' || issue.code === 'invalid_value') && issue.input === undefined;
}

function codeOf(issue: Issue): string {
  const { code } = issue;
  if (code === 'custom') return issue.params?.code ?? 'invalid_value';
  return code === 'invalid_union' ? 'invalid_type' : code;
}

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function messageOf(issue: Issue): string {
  // A schema's own message is more specific.
  if (issue.message && issue.message !== UNWORDED) return issue.message;
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = ARTICLES[issue.expected] ?? issue.expected;
      return issue.input === undefined ? `is required: ${wanted}` : `must be ${wanted}`;
    }
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return bound('at least', issue.minimum, issue.origin);
    case 'too_big':
      return bound('at most', issue.maximum, issue.origin);
    case 'invalid_union':
      return 'must be a string, a number, true or false';
    case 'invalid_key':
      return 'is not a valid name';
    default:
      return 'is not valid';
  }
}

const UNITS: Readonly<Record<string, readonly [one: string, several: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
};

function bound(relation: string, limit: number | bigint, origin: string): string {
  const unit = UNITS[origin]?.[limit === 1 ? 0 : 1];
  return unit ? `must have ${relation} ${limit} ${unit}` : `must be ${relation} ${limit}`;
}
