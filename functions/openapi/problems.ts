import * as z from 'zod/mini';
import { JOBS, SCOPES } from '../../shared/contract.ts';
import { PROBLEMS, type ProblemCode } from '../http/problems.ts';
import { described } from '../http/requests/fields.ts';
import {
  accountFields,
  accountVersion,
  batchItems,
  deniedMembers,
  featureFigures,
  requestedAmount,
} from './account-schemas.ts';
import { component, date, integer, integerOrNull, list, oneOf, text } from './schema-parts.ts';

/** What a request concerns; it determines the shape of the result inside a denial. */
export type Subject = 'one' | 'several' | 'account';

const inputErrors = () =>
  list(
    z.looseObject({
      path: text('Path of the invalid value, such as `items[2].amount`; the name of a parameter or header.'),
      message: text('What a valid value looks like.'),
      code: text('The kind of error.'),
    }),
    'The errors in the input, at most 50.',
  );

/** Members of single problems, in addition to those of every problem. */
const MEMBERS: Partial<Record<ProblemCode, z.core.$ZodLooseShape>> = {
  invalid_json: { errors: inputErrors() },
  invalid_request: { errors: inputErrors() },
  amount_too_large: { errors: inputErrors() },
  clock_ahead: { errors: inputErrors() },
  body_too_large: { errors: inputErrors() },
  unsupported_media_type: { errors: inputErrors() },
  range_too_large: {
    maxDays: z.optional(integer('Most days, ending on the same day, that one report can cover.')),
  },
  range_not_kept: { keptFrom: date('The first day whose usage is kept.') },
  insufficient_scope: { requiredScope: oneOf(SCOPES, 'The scope that the route requires.') },
  unknown_job: { jobs: list(z.enum(JOBS), 'The names of all jobs.') },
  rate_limited: {
    requestsPerSecond: integer('Requests a second that the key may send in the long run.'),
    burst: integer('Requests that the key may send at once after a pause.'),
  },
  job_running: { runId: text('The run in progress.') },
  version_mismatch: {
    version: integerOrNull("The plan's newest version; `null`: the plan does not exist."),
  },
  outcome_unknown: {
    operationId: text('Retry with this Idempotency-Key: the request is applied at most once.'),
  },
};

const DENIALS = [
  'suspended',
  'unknown_feature',
  'not_a_gauge',
  'release_exceeds_usage',
  'limit_too_large',
  'reservation_not_found',
  'reservation_expired',
  'exceeded',
  'too_many_reservations',
] as const satisfies readonly ProblemCode[];

export type DenialCode = (typeof DENIALS)[number];

/** Whether it is a use case's denial, which carries the result beside the problem. */
export function isDenial(code: ProblemCode): code is DenialCode {
  return DENIALS.some((denial) => denial === code);
}

const DENIAL_SHAPES: Readonly<Record<Subject, z.core.$ZodLooseShape>> = {
  one: { ...deniedMembers(), amount: requestedAmount(), ...featureFigures(), ...accountVersion() },
  several: { ...deniedMembers(), items: batchItems(), ...accountVersion() },
  account: { ...deniedMembers(), ...accountFields() },
};

/**
 * The name of a problem's schema and example: by its code and, for denials, by what the request was about.
 */
export function problemName(code: ProblemCode, subject: Subject): string {
  const suffix = { one: '', several: '_several', account: '_account' }[isDenial(code) ? subject : 'one'];
  return `${code}${suffix}`;
}

const made = new Map<string, z.ZodMiniObject>();

/** The schema of one problem. The same instance each time, so that the document has it once. */
export function problemSchema(code: ProblemCode, subject: Subject): z.ZodMiniObject {
  const name = problemName(code, subject);
  const schema = made.get(name) ?? newProblemSchema(code, subject);
  made.set(name, schema);
  return schema;
}

/** One of several problems, discriminated by `code`. */
export function problemUnion(codes: readonly ProblemCode[], subject: Subject): z.ZodMiniType {
  const [first, ...rest] = codes.map((code) => problemSchema(code, subject));
  if (!first) throw new Error('a union of no problems');
  return rest.length === 0 ? first : z.discriminatedUnion('code', [first, ...rest]);
}

function newProblemSchema(code: ProblemCode, subject: Subject): z.ZodMiniObject {
  const { status, title } = PROBLEMS[code];
  const own = isDenial(code) ? DENIAL_SHAPES[subject] : MEMBERS[code];
  return component(
    `${pascalCase(problemName(code, subject))}Problem`,
    {
      type: text('`urn:quota-service:problem:` and the code.'),
      title: text('Summary of the problem type, the same for every occurrence.'),
      status: described(z.literal(status), { description: 'The HTTP status.' }),
      detail: text('What happened and how to fix it.'),
      code: oneOf([code], 'The stable code of the problem.'),
      instance: z.optional(text('Identifies this occurrence; quote it when you report it.')),
      ...own,
    },
    `${title} (RFC 9457).`,
  );
}

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
