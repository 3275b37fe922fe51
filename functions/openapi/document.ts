import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import { type OperationName, ROUTES, type Route } from '../../shared/contract.ts';
import { IDEMPOTENCY_KEY } from '../runtime/idempotency-key.ts';
import { PROBLEMS, type ProblemCode } from '../runtime/problems.ts';
import { problemResponse } from '../runtime/response.ts';
import { idempotencyHeaders, rateLimitHeaderDocs, retryHeaderDocs } from './headers.ts';
import { type Answer, IDEMPOTENT_PROBLEMS, type OperationDoc } from './operation-doc.ts';
import { OPERATIONS } from './operations.ts';
import { PROBLEM_EXAMPLES } from './problem-examples.ts';
import { problem } from './result-schemas.ts';

const SECURITY_SCHEME = 'apiKey';

/** The OpenAPI 3.1 document, made from the schemas that validate and examples that the code itself tells. */
export function openApiDocument() {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const operation = describe(name as OperationName, route); // a key of ROUTES
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  }
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Quota service',
      version: '1.0.0',
      description: `Plans grant quotas; backends check and use them. Amounts are integers from 1 to 2^53 - 1, instants are ISO 8601 in UTC.

Every change may be sent again: with the same \`${IDEMPOTENCY_KEY}\` it is applied once. Errors are problem documents (RFC 9457) with a stable \`code\`.`,
    },
    servers: [{ url: '/' }],
    tags: [...new Set(Object.values(OPERATIONS).map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      examples: problemExamples(),
      securitySchemes: {
        [SECURITY_SCHEME]: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key (`qk_…`) with the scope that the operation names.',
        },
      },
    },
  });
}

function describe(name: OperationName, route: Route): ZodOpenApiOperationObject {
  const doc = OPERATIONS[name];
  const { tag, summary, request, example } = doc;
  return {
    operationId: name,
    tags: [tag],
    summary,
    security: route.scope === null ? [] : [{ [SECURITY_SCHEME]: [route.scope] }],
    requestParams: {
      ...(request.path && { path: request.path }),
      ...(request.query && { query: request.query }),
      ...(request.isIdempotent && { header: idempotencyHeaders }),
    },
    ...(request.body && {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: request.body,
            ...(example && { examples: { example: { value: example } } }),
          },
        },
      },
    }),
    responses: { ...answers(doc), ...problems(problemCodes(doc, route)) },
  };
}

/** Every problem that a route can answer with. */
export function problemCodes({ request, problems: own = [] }: OperationDoc, { scope }: Route): ProblemCode[] {
  const codes: ProblemCode[] = [...own, 'internal_error', 'unavailable'];
  if (scope !== null) codes.push('invalid_api_key', 'insufficient_scope');
  const concernsOne = [request.path, request.body].some((part) => part && 'userId' in part.shape);
  if (scope !== null && (concernsOne || scope !== 'read')) codes.push('wrong_user');
  if (request.path || request.query || request.body) codes.push('invalid_request');
  if (request.body) codes.push('invalid_json', 'body_too_large', 'unsupported_media_type');
  if (request.isIdempotent) codes.push(...IDEMPOTENT_PROBLEMS);
  return [...new Set(codes)].sort((a, b) => PROBLEMS[a].status - PROBLEMS[b].status);
}

function answers({ answers: all }: OperationDoc): Record<`${2}${string}`, ZodOpenApiResponseObject> {
  return Object.fromEntries(all.map((answer) => [String(answer.status), describeAnswer(answer)]));
}

function describeAnswer({
  says,
  schema,
  examples,
  otherTypes = [],
  isMetered,
}: Answer): ZodOpenApiResponseObject {
  const values = Object.entries(examples ?? {}).map(([name, value]) => [name, { value }]);
  return {
    description: says,
    ...(isMetered && { headers: rateLimitHeaderDocs }),
    ...(schema && {
      content: {
        'application/json': { schema, examples: Object.fromEntries(values) },
        ...Object.fromEntries(otherTypes.map((type) => [type, { schema: { type: 'string' }, examples: {} }])),
      },
    }),
  };
}

function problems(codes: readonly ProblemCode[]): Record<`${4 | 5}${string}`, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [String(status), describeProblems(those)]),
  );
}

function describeProblems(codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]);
  const says = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' ');
  const [first] = codes;
  const isGateways = first === 'invalid_api_key';
  const gateway =
    ' Without an Authorization header the gateway itself answers, with `{"message": "Unauthorized"}`.';
  return {
    description: isGateways ? says + gateway : says,
    ...retryHeaderDocs(codes),
    content: { 'application/problem+json': { schema: problem, examples: Object.fromEntries(examples) } },
  };
}

function problemExamples() {
  const examples = Object.entries(PROBLEM_EXAMPLES).map(([code, one]) => {
    const { body } = problemResponse(one, 'JKJaXmPLvHcESHA=');
    return [code, { summary: PROBLEMS[one.code].title, value: JSON.parse(body) }];
  });
  return Object.fromEntries(examples);
}
