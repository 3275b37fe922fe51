import type { PlantedBug } from '../planted-bug.ts';

const OPENAPI = { project: 'unit', test: 'test/unit/functions/openapi-truth.test.ts' } as const;
const RETRY = { project: 'unit', test: 'test/unit/domain/retry-instant.test.ts' } as const;

/** Bugs of answers and their document. */
export const ANSWER_BUGS: readonly PlantedBug[] = [
  {
    name: 'a description is put on the shared schema instead of a copy',
    file: 'functions/http/requests/fields.ts',
    edits: [{ find: 'const copy = z.clone(schema);', replace: 'const copy = schema;' }],
    ...OPENAPI,
    named: 'belong to one field name only',
  },
  {
    name: 'a new field of an answer is in no schema',
    file: 'functions/openapi/account-schemas.ts',
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
    named: 'every integer above 32 bits is int64',
  },
  {
    name: 'the document has patterns that only JavaScript reads',
    file: 'functions/http/requests/fields.ts',
    edits: [
      {
        find: 'described(schema, { override: { pattern: `^[^${INVISIBLE}]{1,${longest}}$` } })',
        replace: 'schema',
      },
    ],
    ...OPENAPI,
    named: 'are valid in Python',
  },
  {
    name: 'the first of several exhausted counters is named',
    file: 'shared/domain/decide.ts',
    edits: [{ find: 'other.until > one.until ? other : one', replace: 'one' }],
    ...RETRY,
    named: 'the latest end counts',
  },
  {
    name: 'Retry-After is the first instant at which anything changes',
    file: 'shared/domain/retry-instant.ts',
    edits: [{ find: 'if (last !== undefined && admits(last))', replace: 'if (last !== undefined)' }],
    ...RETRY,
    named: 'waiting until the instant admits the request',
  },
  {
    name: 'Retry-After uses one expiry where several are needed',
    file: 'shared/domain/retry-instant.ts',
    edits: [{ find: 'return firstThat(moments, admits) ?? last;', replace: 'return moments[0];' }],
    ...RETRY,
    named: 'enough have to expire',
  },
  {
    name: 'Retry-After is longer than JavaScript timers last',
    file: 'functions/http/response.ts',
    edits: [{ find: 'Math.min(Math.ceil(seconds), MAX_RETRY_AFTER_SECONDS)', replace: 'Math.ceil(seconds)' }],
    ...RETRY,
    named: 'Retry-After is present if and only if waiting',
  },
  {
    name: 'a cached denial has no Retry-After',
    file: 'shared/usecases/quota/consume.ts',
    edits: [{ find: 'planAsOf, plansAhead });', replace: 'planAsOf, plansAhead: undefined });' }],
    project: 'integration',
    test: 'test/integration/denial-cache.test.ts',
    named: 'answers from memory as the table would',
  },
  {
    name: 'a gauge forgets its peak after a release',
    file: 'shared/domain/gauge-level.ts',
    edits: [{ find: 'peak: Math.max(peak, stored),', replace: 'peak: stored,' }],
    project: 'integration',
    test: 'test/integration/gauge-levels.test.ts',
    named: 'not the sum of uploads',
  },
  {
    name: 'a late batch of the stream lowers the peak of a day',
    file: 'shared/adapters/dynamodb/level-update.ts',
    edits: [{ find: ' AND (attribute_not_exists(peak) OR peak <= :peak)', replace: '' }],
    project: 'integration',
    test: 'test/integration/gauge-levels.test.ts',
    named: 'a peak outlasts',
  },
  {
    name: 'a report forgets users whose storage did not change',
    file: 'shared/domain/reports/gauge-tally.ts',
    edits: [
      {
        find: 'addTo(this.#atEnd, planId, atEnd?.stored ?? now);',
        replace: 'addTo(this.#atEnd, planId, atEnd?.stored ?? 0);',
      },
    ],
    project: 'integration',
    test: 'test/integration/gauge-report.test.ts',
    named: 'what all users stored at the end',
  },
  {
    name: 'a key with a comma counts as one key',
    file: 'functions/http/idempotency-key.ts',
    edits: [
      { find: "if (key.includes(',')) {", replace: "if (key === ',') {" },
      { find: '[\\x20-\\x2b\\x2d-\\x7e]', replace: '[\\x20-\\x7e]' },
    ],
    project: 'integration',
    test: 'test/integration/functions/quota-routes.test.ts',
    named: 'under two header lines',
  },
  {
    name: 'days of usage begin in UTC in every time zone',
    file: 'shared/domain/rollup.ts',
    edits: [{ find: 'dateOf(change.at, timeZone)', replace: 'dateOf(change.at)' }],
    project: 'integration',
    test: 'test/integration/report-time-zone.test.ts',
    named: "a user's days are the same days",
  },
];
