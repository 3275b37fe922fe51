import type { PlantedBug } from '../planted-bug.ts';

const OPENAPI = { project: 'unit', test: 'test/unit/functions/openapi-truth.test.ts' } as const;
const RETRY = { project: 'unit', test: 'test/unit/domain/retry-instant.test.ts' } as const;

/** What answers and their document could get wrong. */
export const ANSWER_BUGS: readonly PlantedBug[] = [
  {
    name: 'a description is put on the shared schema instead of a copy',
    file: 'functions/schemas/fields.ts',
    edits: [{ find: 'const copy = z.clone(schema);', replace: 'const copy = schema;' }],
    ...OPENAPI,
    named: 'are of one field name only',
  },
  {
    name: 'a new field of an answer is in no schema',
    file: 'functions/openapi/quota-schemas.ts',
    edits: [{ find: "  held: integer('Units set aside by open reservations.'),\n", replace: '' }],
    project: 'unit',
    test: 'test/unit/functions/openapi.test.ts',
    named: 'fit a strict copy',
  },
  {
    name: 'amounts are documented without a format',
    file: 'functions/openapi/document.ts',
    edits: [{ find: '{ override: nameIntegerFormat }', replace: '{}' }],
    ...OPENAPI,
    named: 'every integer that may pass 32 bits',
  },
  {
    name: 'the document has patterns that only JavaScript reads',
    file: 'functions/schemas/fields.ts',
    edits: [
      {
        find: 'described(schema, { override: { pattern: `^[^${INVISIBLE}]{1,${longest}}$` } })',
        replace: 'schema',
      },
    ],
    ...OPENAPI,
    named: 'are of the dialect that Python reads too',
  },
  {
    name: 'the first of several exhausted counters is named',
    file: 'shared/domain/decide.ts',
    edits: [{ find: 'other.until > one.until ? other : one', replace: 'one' }],
    ...RETRY,
    named: 'the latest end counts',
  },
  {
    name: 'Retry-After names the first instant at which anything changes',
    file: 'shared/domain/retry-instant.ts',
    edits: [{ find: 'if (last !== undefined && admits(last))', replace: 'if (last !== undefined)' }],
    ...RETRY,
    named: 'waiting until the instant admits the same',
  },
  {
    name: 'Retry-After counts on one expiry where several are needed',
    file: 'shared/domain/retry-instant.ts',
    edits: [{ find: 'return firstThat(moments, admits) ?? last;', replace: 'return moments[0];' }],
    ...RETRY,
    named: 'enough have to expire',
  },
  {
    name: 'Retry-After is longer than JavaScript timers last',
    file: 'functions/runtime/response.ts',
    edits: [{ find: 'Math.min(Math.ceil(seconds), MAX_RETRY_AFTER_SECONDS)', replace: 'Math.ceil(seconds)' }],
    ...RETRY,
    named: 'an hour at most',
  },
  {
    name: 'a denial from memory carries no Retry-After',
    file: 'shared/usecases/consume.ts',
    edits: [{ find: 'planAsOf, plansAhead });', replace: 'planAsOf, plansAhead: undefined });' }],
    project: 'integration',
    test: 'test/integration/denial-memory.test.ts',
    named: 'answers from memory as the table would',
  },
];
