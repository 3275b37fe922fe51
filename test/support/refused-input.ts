import { afterAll, beforeAll, expect } from 'vitest';
import { groupEntry, type OperationName, ROUTES } from '../../shared/contract.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  call,
  captureLog,
  EVERYTHING,
  loadHandler,
  setEnvironment,
} from './api.ts';
import { startTableStub } from './table-stub.ts';

/** A stub of the table: no invalid input may reach it. */
export const table = await startTableStub();
setEnvironment('never-asked', table.endpoint);
export const log = captureLog();
beforeAll(() => call('consumeQuota', { caller: EVERYTHING, body: {} }));
afterAll(async () => {
  log.restore();
  await table.stop();
});

/** Requests to the table, except those of a function's init. */
let asked = 0;

/** Calls a route with all scopes. */
export async function send(operation: OperationName, request: ApiRequest): Promise<ApiAnswer> {
  await loadHandler(groupEntry(ROUTES[operation].group));
  const before = table.count();
  try {
    return await call(operation, { caller: EVERYTHING, ...request });
  } finally {
    asked += table.count() - before;
  }
}

/** Expects a 4xx problem that names the field, without a request to the table. */
export function expectRefused({ status, headers, body }: ApiAnswer, path?: string | RegExp): void {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(headers['Content-Type']).toBe('application/problem+json');
  expect(body).toMatchObject({ status, code: expect.stringMatching(/^\w+$/), title: expect.any(String) });
  expect(body.detail).not.toBe('');
  expect(JSON.stringify(body).length).toBeLessThan(20_000);
  if (path !== undefined) {
    const paths: string[] = body.errors.map((fault: { path: string }) => fault.path);
    expect(paths).toContainEqual(typeof path === 'string' ? path : expect.stringMatching(path));
  }
  expect(asked).toBe(0);
}
