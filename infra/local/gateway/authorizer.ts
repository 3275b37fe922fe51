import { LOCAL_ACCOUNT, LOCAL_REGION } from '../assembly/physical-names.ts';
import type { LambdaFunction } from '../lambda/lambda-function.ts';
import { type GatewayRequest, queryParameters, type RouteContext, requestContext } from './gateway-event.ts';

export type AuthorizerVerdict =
  | { kind: 'allowed'; context: unknown }
  /** An identity source is missing: the function was not invoked. */
  | { kind: 'unauthorized' }
  | { kind: 'forbidden' }
  /** The function failed or did not return a simple response. */
  | { kind: 'broken' };

export interface AuthorizerSettings {
  readonly lambdaFunction: Pick<LambdaFunction, 'invoke'>;
  /** `$request.header.Authorization` and the like. */
  readonly identitySources: readonly string[];
  /** How long a result is cached per identity; 0: not cached. */
  readonly cacheTtlMs: number;
  /** Epoch ms. @default the machine's time */
  readonly now?: () => number;
}

/**
 * A Lambda authorizer of type REQUEST, payload format 2.0, with simple responses. Caches allowed and
 * forbidden by the values of the identity sources only, for all routes, as API Gateway does.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export class Authorizer {
  readonly #settings: AuthorizerSettings;
  readonly #now: () => number;
  readonly #remembered = new Map<string, { verdict: AuthorizerVerdict; untilMs: number }>();

  constructor(settings: AuthorizerSettings) {
    this.#settings = settings;
    this.#now = settings.now ?? Date.now;
  }

  async authorize(request: GatewayRequest, route: RouteContext): Promise<AuthorizerVerdict> {
    const identity = this.#settings.identitySources.map((source) => identityValue(source, request, route));
    if (identity.some((value) => !value)) return { kind: 'unauthorized' };
    const key = JSON.stringify(identity);
    const remembered = this.#remembered.get(key);
    if (remembered && remembered.untilMs > this.#now()) return remembered.verdict;
    const outcome = await this.#settings.lambdaFunction.invoke(authorizerEvent(request, route, identity));
    if (outcome.kind === 'failed') return { kind: 'broken' };
    const verdict = verdictOf(outcome.result);
    // Without identity sources there is no cache key.
    if (verdict.kind !== 'broken' && this.#settings.cacheTtlMs > 0 && identity.length > 0) {
      this.#remembered.set(key, { verdict, untilMs: this.#now() + this.#settings.cacheTtlMs });
    }
    return verdict;
  }
}

function verdictOf(result: unknown): AuthorizerVerdict {
  const { isAuthorized, context } = Object(result);
  if (typeof isAuthorized !== 'boolean') return { kind: 'broken' };
  return isAuthorized ? { kind: 'allowed', context: context ?? null } : { kind: 'forbidden' };
}

function identityValue(source: string, request: GatewayRequest, route: RouteContext): string | undefined {
  const [, from, name = ''] = /^\$(?:request\.)?(header|querystring|context)\.(.+)$/.exec(source) ?? [];
  if (from === 'header') return request.headers[name.toLowerCase()];
  if (from === 'querystring') return queryParameters(request.rawQueryString)[name];
  if (source === '$context.routeKey') return route.routeKey;
  throw new Error(`Identity source ${source} is not known to the local stack`);
}

function authorizerEvent(
  request: GatewayRequest,
  route: RouteContext,
  identity: readonly (string | undefined)[],
) {
  const { cookies, headers, rawQueryString, method, path } = request;
  const stageAndPath = `${route.stage}/${method}${path}`;
  return {
    version: '2.0',
    type: 'REQUEST',
    routeArn: `arn:aws:execute-api:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${route.apiId}/${stageAndPath}`,
    identitySource: identity,
    routeKey: route.routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(rawQueryString && { queryStringParameters: queryParameters(rawQueryString) }),
    requestContext: requestContext(request, route),
    ...(Object.keys(route.pathParameters).length > 0 && { pathParameters: route.pathParameters }),
  };
}
