import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { type OperationOf, type RouteGroup, routeKeyOf } from '../../shared/contract.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import type { HttpEvent } from './http-event.ts';
import type { HttpResponse } from './response.ts';
import type { HttpRoute } from './route.ts';

/** The routes of a group, by operation. A missing or a foreign route does not compile. */
export type RoutesOf<G extends RouteGroup> = { readonly [O in OperationOf<G>]: HttpRoute<O> };

/**
 * Makes the Lambda handler of a group. It dispatches by `routeKey`, the route that API Gateway has matched
 * and whose authorizer it has called (docs/decisions/0020).
 *
 * @throws Error when API Gateway has a route that the bundle does not serve: template and code are not from
 * one deployment
 */
export function groupHandler<G extends RouteGroup>(group: G, routes: RoutesOf<G>) {
  const served = new Map(
    Object.values<HttpRoute>(routes).map((route) => [routeKeyOf(route.operation), route]),
  );
  return middy<HttpEvent, HttpResponse>()
    .use(injectLambdaContext(logger))
    .handler((event) => {
      const route = served.get(event.routeKey);
      if (!route) throw new Error(`the group ${group} does not serve the route ${event.routeKey}`);
      return route.answer(event);
    });
}
