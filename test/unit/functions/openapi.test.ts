import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, test } from 'vitest';
import { PROBLEMS, type ProblemCode } from '../../../functions/http/problems.ts';
import { OPERATIONS } from '../../../functions/openapi/operations.ts';
import { type OperationName, ROUTES, type Route } from '../../../shared/contract.ts';
import { call, captureLog, setEnvironment } from '../../support/api.ts';
import { StrictDocument } from '../../support/strict-document.ts';

setEnvironment('never-asked', 'http://127.0.0.1:9');

interface Media {
  readonly schema: object;
  readonly examples: Readonly<Record<string, { $ref?: string; value?: unknown }>>;
}
interface Content {
  readonly content?: Readonly<Record<string, Media>>;
  readonly headers?: object;
}
interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: unknown;
  readonly parameters?: readonly { in: string; name: string }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface Document {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly examples: Readonly<Record<string, { value: unknown }>> };
}

let document: Document;
beforeAll(async () => {
  const log = captureLog();
  const answer = await call('getOpenApi');
  log.restore();
  expect(answer.status).toBe(200);
  document = answer.body;
});

const routes = Object.entries(ROUTES) as [OperationName, Route][]; // keys of ROUTES

function operationOf({ path, method }: Route): Operation {
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (!operation) throw new Error(`the document has no ${method} ${path}`);
  return operation;
}

test.each([
  ['gzip, deflate, br', 'gzip'],
  ['br;q=1.0, gzip;q=0.5', 'gzip'],
  ['gzip;q=0, br', undefined],
  ['br', undefined],
  ['', undefined],
])('it is compressed for a caller that accepts gzip, and kept by caches: %j', async (accepted, encoding) => {
  const { headers, body } = await call('getOpenApi', { headers: { 'accept-encoding': accepted } });
  expect(headers['Content-Encoding']).toBe(encoding);
  expect(headers).toMatchObject({ Vary: 'Accept-Encoding', 'Cache-Control': 'public, max-age=3600' });
  expect(body).toEqual(document);
});

test('it is valid OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate({ ...document });
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(document.openapi).toMatch(/^3\.1\./);
});

test('it describes every tag of an operation, and no other', () => {
  const used = Object.values(document.paths).flatMap((item) =>
    Object.values(item).flatMap(({ tags }) => tags),
  );
  expect(document.tags.map(({ name }) => name).sort()).toEqual([...new Set(used)].sort());
  for (const { description } of document.tags) expect(description).toMatch(/\.$/);
});

test('it has every route of the contract, and no other', () => {
  const described = Object.entries<object>(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(routes.map(([, { method, path }]) => `${method} ${path}`).sort());
});

test('it has every problem with an example of its code and status', () => {
  const documented = new Set<string>();
  for (const [, route] of routes) {
    for (const [status, response] of Object.entries(operationOf(route).responses)) {
      for (const name of Object.keys(response.content?.['application/problem+json']?.examples ?? {})) {
        const value = document.components.examples[name]?.value as { code: string } | undefined; // a problem
        expect(value).toMatchObject({ status: Number(status) });
        const code = value?.code ?? '';
        expect(name.startsWith(code), name).toBe(true);
        documented.add(code);
      }
    }
  }
  expect([...documented].sort()).toEqual(Object.keys(PROBLEMS).sort());
});

test.each(routes)('%s states its requirements', (name, route) => {
  const operation = operationOf(route);
  expect(operation.operationId).toBe(name);
  expect(operation.security).toEqual(route.scope === null ? [] : [{ apiKey: [route.scope] }]);
  expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['500', '503']));
  const { parameters = [] } = operation;
  const placeholders = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
  expect(parameters.filter((one) => one.in === 'path').map((one) => one.name)).toEqual(placeholders);
  const takesKey = parameters.some((one) => one.in === 'header' && one.name === 'Idempotency-Key');
  expect(takesKey).toBe(OPERATIONS[name].request.isIdempotent ?? false);
  if (route.scope !== null)
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403']));
});

describe('examples', () => {
  test('of requests pass the schemas that validate', () => {
    const withBody = routes.filter(([name]) => OPERATIONS[name].request.body);
    expect(withBody.length).toBeGreaterThan(10);
    for (const [name] of withBody) {
      const { request, example } = OPERATIONS[name];
      expect(request.body?.safeParse(example).error?.issues, name).toBeUndefined();
    }
  });

  test('of every request and answer fit a strict copy of their schemas', () => {
    const strict = new StrictDocument(document);
    let count = 0;
    const expectFit = ({ schema, examples }: Media, where: string) => {
      for (const [name, example] of Object.entries(examples)) {
        const value = example.$ref ? document.components.examples[name]?.value : example.value;
        expect(strict.misfit(schema, value), `${where} ${name}`).toBeUndefined();
        count += 1;
      }
    };
    for (const [name, { method, path }] of routes) {
      const { requestBody, responses } = strict.operation(method, path);
      for (const body of [requestBody, ...Object.values(responses)]) {
        // As in the document.
        for (const media of Object.values(body?.content ?? {})) expectFit(media as Media, name);
      }
    }
    expect(count).toBeGreaterThan(300);
  });

  test('exist for every answer with a body', () => {
    for (const [name] of routes) {
      for (const { status, schema, examples } of OPERATIONS[name].responses) {
        if (schema) expect(Object.keys(examples ?? {}).length, `${name} ${status}`).toBeGreaterThan(0);
      }
    }
  });

  test('of denials carry the balance', () => {
    for (const code of ['exceeded', 'too_many_reservations'] satisfies ProblemCode[]) {
      const value = document.components.examples[code]?.value;
      expect(value).toMatchObject({
        allowed: false,
        feature: 'aiRequest',
        balance: { limit: 100, used: 42 },
      });
    }
  });
});

test('a consume returns its limits in headers, allowed or not', () => {
  const { responses } = operationOf(ROUTES.consumeQuota);
  expect(Object.keys(responses['200']?.headers ?? {})).toEqual(['RateLimit-Policy', 'RateLimit']);
  expect(Object.keys(responses['429']?.headers ?? {})).toEqual([
    'Retry-After',
    'RateLimit-Policy',
    'RateLimit',
  ]);
});
