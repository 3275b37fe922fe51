import type * as z from 'zod/mini';
import {
  type CreateDocumentOptions,
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiRequestBodyObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { AMOUNT_BOUND, type OperationName, ROUTES, type Route } from '../../shared/contract.ts';
import { IDEMPOTENCY_KEY } from '../http/idempotency-key.ts';
import { PROBLEMS, type ProblemCode } from '../http/problems.ts';
import { problemResponse } from '../http/response.ts';
import { withGatewayResponses } from './gateway-docs.ts';
import {
  idempotencyHeaders,
  preconditionHeaders,
  problemHeaderDocs,
  rateLimitHeaderDocs,
} from './headers.ts';
import { type OperationDoc, problemCodes, type ResponseDoc, TAGS } from './operation-doc.ts';
import { OPERATIONS } from './operations.ts';
import { problemExample } from './problem-examples.ts';
import { problemName, problemUnion, type Subject } from './problems.ts';

const SECURITY_SCHEME = 'apiKey';

/**
 * The OpenAPI 3.1 document, built from the schemas that validate requests and from examples that the code
 * itself produces.
 *
 * @param maxAmount most units of one operation in this deployment
 */
export function openApiDocument(maxAmount: number = AMOUNT_BOUND.byDefault) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const operation = describe(name as OperationName, route); // a key of ROUTES
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  }
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Quota service',
        version: '1.0.0',
        description: introduction(maxAmount),
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      paths,
      components: {
        examples: problemExamples(),
        securitySchemes: {
          [SECURITY_SCHEME]: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key (`qk_…`) with the scope that the operation requires.',
          },
        },
      },
    },
    { override: nameIntegerFormat },
  );
}

const introduction = (
  maxAmount: number,
) => `Plans grant quotas; backends check and use them. Amounts are integers from 1 to 2^53 - 1, instants are ISO 8601 in UTC. One operation uses, reserves or confirms at most ${maxAmount} units (this deployment's \`maxAmount\`). Totals are unbounded: a figure of 2^53 - 1 means this many or more.

Every change can be retried safely: with the same \`${IDEMPOTENCY_KEY}\` it is applied once. Errors are problem documents (RFC 9457) with a stable \`code\`. API Gateway responds to some requests itself, with \`{"message": "…"}\` as \`application/json\`.`;

const INT32 = { least: -(2 ** 31), most: 2 ** 31 - 1 } as const;

/** Amounts and versions pass 32 bits, which generated clients use unless a format is given. */
const nameIntegerFormat: NonNullable<CreateDocumentOptions['override']> = ({ jsonSchema }) => {
  if (Number.isInteger(jsonSchema.const)) jsonSchema.type = 'integer';
  if (jsonSchema.type !== 'integer' || jsonSchema.const !== undefined) return;
  const { minimum = -Infinity, maximum = Infinity } = jsonSchema;
  jsonSchema.format = minimum >= INT32.least && maximum <= INT32.most ? 'int32' : 'int64';
};

function describe(name: OperationName, route: Route): ZodOpenApiOperationObject {
  const doc: OperationDoc = OPERATIONS[name];
  const { tag, summary, description, request, unvalidated } = doc;
  const body = unvalidated?.body ?? request.body;
  const headers = requestHeaders(doc);
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: route.scope === null ? [] : [{ [SECURITY_SCHEME]: [route.scope] }],
    requestParams: {
      ...(request.path && { path: request.path }),
      ...(request.query && { query: request.query }),
      ...(headers && { header: headers }),
    },
    ...(body && { requestBody: requestBody(body, doc) }),
    responses: withGatewayResponses(
      { ...successes(doc), ...problems(problemCodes(doc, route), doc.subject ?? 'one') },
      route,
    ),
  };
}

function requestHeaders({ request, unvalidated }: OperationDoc): z.ZodMiniObject | undefined {
  if (request.isIdempotent) return idempotencyHeaders;
  return request.isConditional ? preconditionHeaders : unvalidated?.headers;
}

function requestBody(schema: z.ZodMiniType, { example }: OperationDoc): ZodOpenApiRequestBodyObject {
  const examples = example && { examples: { example: { value: example } } };
  return { required: true, content: { 'application/json': { schema, ...examples } } };
}

function successes({ responses }: OperationDoc): Record<`${2}${string}`, ZodOpenApiResponseObject> {
  return Object.fromEntries(
    responses.map((response) => [String(response.status), describeResponse(response)]),
  );
}

function describeResponse({
  description,
  schema,
  examples,
  otherTypes = [],
  isMetered,
  headers,
}: ResponseDoc): ZodOpenApiResponseObject {
  const values = Object.entries(examples ?? {}).map(([name, value]) => [name, { value }]);
  return {
    description,
    ...(isMetered ? { headers: rateLimitHeaderDocs } : headers && { headers }),
    ...(schema && {
      content: {
        'application/json': { schema, examples: Object.fromEntries(values) },
        ...Object.fromEntries(otherTypes.map((type) => [type, { schema: { type: 'string' }, examples: {} }])),
      },
    }),
  };
}

function problems(
  codes: readonly ProblemCode[],
  subject: Subject,
): Record<`${4 | 5}${string}`, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [String(status), describeProblems(those, subject)]),
  );
}

function describeProblems(codes: readonly ProblemCode[], subject: Subject): ZodOpenApiResponseObject {
  const names = codes.map((code) => problemName(code, subject));
  const examples = names.map((name) => [name, { $ref: `#/components/examples/${name}` }]);
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    ...problemHeaderDocs(codes),
    content: {
      'application/problem+json': {
        schema: problemUnion(codes, subject),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** An example for every problem of every operation, by the problem's name. */
function problemExamples() {
  const used = Object.entries<Route>(ROUTES).flatMap(([name, route]) => {
    const doc: OperationDoc = OPERATIONS[name as OperationName]; // a key of ROUTES
    const { subject = 'one' } = doc;
    return problemCodes(doc, route).map((code) => ({ code, subject }));
  });
  const examples = used.map(({ code, subject }) => {
    const { body } = problemResponse(problemExample(code, subject), 'JKJaXmPLvHcESHA=');
    return [problemName(code, subject), { summary: PROBLEMS[code].title, value: JSON.parse(body) }];
  });
  return Object.fromEntries(examples);
}
