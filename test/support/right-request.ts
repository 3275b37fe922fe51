import * as z from 'zod/mini';
import { OPERATIONS } from '../../functions/openapi/operations.ts';
import { JOBS, type OperationName } from '../../shared/contract.ts';
import type { ApiRequest } from './api.ts';

/**
 * A request of a route that is valid except for the subject of the test, made from the route's own
 * documentation.
 */
export function rightRequest(name: OperationName, userId: string): ApiRequest {
  const { request, example } = OPERATIONS[name];
  const inPath: Readonly<Record<string, string>> = {
    userId,
    planId: 'pro',
    version: '1',
    reservationId: 'AAAAAAAAAAAAAAAA',
    keyId: 'ab'.repeat(32),
    name: JOBS[0],
  };
  const path = Object.keys(request.path?.shape ?? {}).map((parameter) => [
    parameter,
    inPath[parameter] ?? '',
  ]);
  // What shapes are made of.
  const parameters = Object.entries(request.query?.shape ?? {}) as [string, z.ZodMiniType][];
  const asked = parameters.filter(([, schema]) => !schema.safeParse(undefined).success);
  const query = asked.map(([parameter, schema]) => [
    parameter,
    String(z.globalRegistry.get(schema)?.examples?.[0]),
  ]);
  const body = example && { ...example, ...('userId' in example && { userId }) };
  return {
    ...(path.length > 0 && { path: Object.fromEntries(path) }),
    ...(query.length > 0 && { query: Object.fromEntries(query) }),
    ...(body && { body }),
  };
}
