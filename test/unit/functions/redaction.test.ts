import { afterAll, beforeEach, expect, test } from 'vitest';
import { METRICS, type OperationName, ROUTES } from '../../../shared/contract.ts';
import { type ApiRequest, call, captureLog, EVERYTHING, setEnvironment } from '../../support/api.ts';
import { rightRequest } from '../../support/right-request.ts';
import { startTableStub } from '../../support/table-stub.ts';

/** The table's message when it rejects a request; no caller may see it. */
const INSIDE = 'the words of the table about arn:aws:dynamodb:eu-central-1:000000000000:table/t';
const KEY = `qk_${'K'.repeat(43)}`;
const USER = 'user-4711';

const table = await startTableStub((_, response) => {
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: 'com.amazon.coral.validate#ValidationException', message: INSIDE }));
});
setEnvironment('t', table.endpoint);
const log = captureLog();
beforeEach(() => {
  log.lines.length = 0;
});
afterAll(async () => {
  log.restore();
  await table.stop();
});

/** A valid request with a key. */
function requestOf(name: OperationName): ApiRequest {
  const headers = { authorization: `Bearer ${KEY}`, 'stripe-signature': 't=1,v1=00' };
  return { ...rightRequest(name, USER), headers, caller: EVERYTHING };
}

const names = Object.keys(ROUTES) as OperationName[]; // its keys

test.each(names)('%s: internal errors reach no caller, and no secret is logged', async (name) => {
  const { status, body } = await call(name, requestOf(name));
  const answer = JSON.stringify(body ?? {});
  expect(answer).not.toContain(INSIDE);
  expect(answer).not.toMatch(/\n\s*at |file:\/\/|node:internal|\.ts:\d/);
  expect(answer).not.toContain(KEY);
  const written = JSON.stringify(log.lines);
  expect(written).not.toContain(KEY);
  expect(written.toLowerCase()).not.toContain('authorization');
  expect(written).not.toContain('v1=00');
  // The operator's log has it.
  if (status === 500) expect(written).toContain(INSIDE);
});

test('the table was called, or nothing was tested', () => {
  expect(table.count()).toBeGreaterThan(names.length / 2);
});

test('no metric has a dimension that could name a user', () => {
  const dimensions: readonly string[] = Object.values(METRICS.dimensions);
  expect(dimensions.filter((name) => /user|key|account|customer|email/i.test(name))).toEqual([]);
});
