import type { PlantedBug } from '../planted-bug.ts';

const AUTHORIZATION = { project: 'unit', test: 'test/unit/functions/authorization.test.ts' } as const;
const BAD_INPUT = { project: 'unit', test: 'test/unit/functions/bad-input.test.ts' } as const;
const AMOUNT_BOUND = { project: 'unit', test: 'test/unit/functions/amount-bound.test.ts' } as const;
const ROLES = { project: 'infra', test: 'test/infra/roles.test.ts' } as const;
const EVERY_KEY = {
  project: 'integration',
  test: 'test/integration/functions/authorization.test.ts',
} as const;

const SEED = { project: 'integration', test: 'test/integration/functions/seed.test.ts' } as const;
const BOOTSTRAP = { project: 'infra', test: 'test/infra/bootstrap-keys.test.ts' } as const;

/** Bugs that admit strangers, or invalid input, and those that leave the table open to its deletion. */
export const BOUNDARY_BUGS: readonly PlantedBug[] = [
  {
    name: 'no deployment protects the table',
    file: 'functions/seed/handler.ts',
    edits: [{ find: '    await tableProtection().enable();\n', replace: '' }],
    ...SEED,
    named: 'the table is protected against deletion by hand',
  },
  {
    name: 'the table is protected while a first deployment may still fail',
    file: 'infra/quota-stack.ts',
    edits: [
      {
        find: 'bootstrapKeys.runAfter(this.node.children.filter((child) => child !== bootstrapKeys));',
        replace: '',
      },
    ],
    ...BOOTSTRAP,
  },
  {
    name: 'any scope is accepted',
    file: 'functions/http/authorization.ts',
    edits: [{ find: 'if (!scopes.includes(scope))', replace: 'if (scopes.length === 0)' }],
    ...AUTHORIZATION,
  },
  {
    name: 'a caller without a key is accepted',
    file: 'functions/http/authorization.ts',
    edits: [
      {
        find: 'if (!keyId) return',
        replace: 'if (context[AUTHORIZER_CONTEXT.reason] || keyId === null) return',
      },
    ],
    ...AUTHORIZATION,
  },
  {
    name: 'a bound key is valid for every user',
    file: 'functions/http/authorization.ts',
    edits: [
      {
        find: 'if (boundTo === undefined || userId === boundTo)',
        replace: 'if (boundTo === undefined || userId !== undefined)',
      },
    ],
    ...AUTHORIZATION,
  },
  {
    name: "the handler does not check the key's user",
    file: 'functions/http/route.ts',
    edits: [
      {
        find: 'return refused ? { problem: refused } : work(decoded.request, authorized.caller);',
        replace: 'void refused;\n    return work(decoded.request, authorized.caller);',
      },
    ],
    ...EVERY_KEY,
    named: 'a key: quota, another user',
  },
  {
    name: 'a group serves a route that it does not have',
    file: 'functions/http/handler.ts',
    edits: [
      {
        find: 'const route = served.get(event.routeKey);',
        replace: 'const route = served.get(event.routeKey) ?? [...served.values()][0];',
      },
    ],
    project: 'unit',
    test: 'test/unit/functions/groups.test.ts',
    named: 'fails for a key that it does not serve',
  },
  {
    name: 'a role is not bounded to kinds of items',
    file: 'infra/table-statements.ts',
    edits: [
      {
        find: "conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns } },",
        replace: '',
      },
    ],
    ...ROLES,
  },
  {
    name: 'the verbs on units may write plans',
    file: 'infra/permissions.ts',
    edits: [
      {
        find: "user: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem'],\n  plan: ['GetItem'],",
        replace:
          "user: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem'],\n  plan: ['GetItem', 'PutItem'],",
      },
    ],
    ...ROLES,
    named: 'a group writes only the kinds of items that its routes own',
  },
  {
    name: 'a revoked key stays valid',
    file: 'shared/domain/api-key.ts',
    edits: [{ find: "if (key.revokedAt !== undefined) return 'revoked';", replace: '' }],
    ...EVERY_KEY,
    named: 'a key: revoked',
  },
  {
    name: 'an expired key stays valid',
    file: 'shared/domain/api-key.ts',
    edits: [
      {
        find: "key.expiresAt !== undefined && key.expiresAt <= now ? 'expired' : 'valid'",
        replace: "'valid'",
      },
    ],
    ...EVERY_KEY,
    named: 'a key: expired',
  },
  {
    name: 'keys are stored in plain text',
    file: 'shared/domain/api-key.ts',
    edits: [{ find: "createHash('sha256').update(key).digest('hex')", replace: '(createHash, key)' }],
    project: 'integration',
    test: 'test/integration/functions/plans-and-keys.test.ts',
  },
  {
    name: 'the log contains the key',
    file: 'functions/http/identify-caller.ts',
    edits: [
      {
        find: "logger.info('authentication failed', { reason });",
        replace: "logger.info('authentication failed', { reason, authorization });",
      },
    ],
    ...EVERY_KEY,
  },
  {
    name: 'a 500 contains the internal error',
    file: 'functions/http/answer-errors.ts',
    edits: [
      {
        find: "detail: 'Internal error. It has been logged; quote `instance` when you report it.',",
        replace: 'detail: error instanceof Error ? String(error.stack) : String(error),',
      },
    ],
    project: 'unit',
    test: 'test/unit/functions/outage.test.ts',
  },
  {
    name: 'unknown fields are ignored',
    file: 'functions/http/requests/quota-requests.ts',
    edits: [{ find: 'described(z.strictObject(usesFields)', replace: 'described(z.object(usesFields)' }],
    ...BAD_INPUT,
    named: 'unknown fields are refused',
  },
  {
    name: 'the amounts of a batch sum up beyond the bound',
    file: 'functions/http/amount-bound.ts',
    edits: [
      {
        find: 'const errors = [...own, ...large, ...sums];',
        replace: 'void sums;\n  const errors = [...own, ...large];',
      },
    ],
    ...AMOUNT_BOUND,
    named: 'applies to the sum of a feature that a batch',
  },
  {
    name: 'an amount has no bound',
    file: 'functions/http/route.ts',
    edits: [{ find: 'if (tooLarge) return { problem: tooLarge };', replace: 'void tooLarge;' }],
    ...AMOUNT_BOUND,
    named: 'more than the bound is refused',
  },
  {
    name: 'a confirmation has no bound',
    file: 'functions/http/requests/reservation-requests.ts',
    edits: [
      {
        find: "    { id: 'ConfirmRequest' },\n  ),\n  isBounded: true,",
        replace: "    { id: 'ConfirmRequest' },\n  ),",
      },
    ],
    ...AMOUNT_BOUND,
    named: 'more than the bound is refused',
  },
  {
    name: 'an amount of 0 is accepted',
    file: 'functions/http/requests/fields.ts',
    edits: [{ find: 'units(1, `Number of units', replace: 'units(0, `Number of units' }],
    ...BAD_INPUT,
  },
  {
    name: 'a user id may contain the separator of keys',
    file: 'shared/domain/user-id.ts',
    edits: [{ find: '[A-Za-z0-9._:@|+=~-]{0,127}$/', replace: '[A-Za-z0-9._:@|+=~#-]{0,127}$/' }],
    ...BAD_INPUT,
    named: 'is refused in a body and in a path',
  },
  {
    name: 'the last value of a duplicate field counts',
    file: 'functions/http/strict-json.ts',
    edits: [
      {
        find: "else if (Object.hasOwn(object, key)) this.#report('duplicate_field', 'must occur once');",
        replace: '',
      },
    ],
    project: 'unit',
    test: 'test/unit/functions/strict-json.test.ts',
  },
  {
    name: 'a body of any size is read',
    file: 'functions/http/json-body.ts',
    edits: [{ find: 'if (bytes.length > MAX_BYTES) {', replace: 'if (bytes.length > MAX_BYTES * 1_000) {' }],
    ...BAD_INPUT,
    named: 'a huge body',
  },
  {
    name: 'days that are no dates are accepted',
    file: 'functions/http/requests/user-requests.ts',
    edits: [{ find: '    if (issues.length > 0) return;\n', replace: '' }],
    ...BAD_INPUT,
    named: 'days that begin or end',
  },
  {
    name: "customers are sent to any site's pages",
    file: 'functions/http/requests/billing-requests.ts',
    edits: [{ find: '!isAllowed(new URL(url), allowedOrigins)', replace: "url === ''" }],
    project: 'integration',
    test: 'test/integration/functions/billing-routes.test.ts',
  },
];
