import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, captureLog, EVERYTHING, setEnvironment } from '../../support/api.ts';
import { startTableStub, type TableStub } from '../../support/table-stub.ts';

let table: TableStub | undefined;
let log: ReturnType<typeof captureLog>;
beforeEach(() => {
  vi.resetModules();
  log = captureLog();
});
afterEach(async () => {
  log.restore();
  await table?.stop();
  table = undefined;
});

const use = { userId: 'user-42', type: 'aiRequest', amount: 1 };
const consume = (headers: Record<string, string> = {}) =>
  call('consumeQuota', { caller: EVERYTHING, body: use, headers });

/** An error as DynamoDB sends it. */
const failing = (status: number, name: string, message = 'a secret detail') =>
  startTableStub((_, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }));
  });

describe('when the table', () => {
  test('is unreachable, the answer is 503 with Retry-After: nothing was changed', async () => {
    setEnvironment('t', 'http://127.0.0.1:9');
    const { status, headers, body } = await consume();
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'unavailable' });
    expect(Number(headers['Retry-After'])).toBeGreaterThanOrEqual(1);
    expect((await call('getHealth')).status).toBe(503);
  });

  test('throttles, the answer is 503 within the time budget, without a retry storm', async () => {
    table = await failing(400, 'ProvisionedThroughputExceededException');
    setEnvironment('t', table.endpoint);
    const startedAt = Date.now();
    expect(await consume()).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(table.count()).toBeLessThan(60);
  });

  test('loses its answers, the answer is 503 with the operation id to retry', async () => {
    table = await startTableStub((_, response) => response.destroy());
    setEnvironment('t', table.endpoint);
    const minted = await consume();
    expect(minted).toMatchObject({ status: 503, body: { code: 'outcome_unknown' } });
    expect(minted.body.operationId).toMatch(/^op_[0-9A-Z]{26}$/);
    expect(minted.body.detail).toContain(minted.body.operationId);
    expect(minted.headers).toHaveProperty('Retry-After');
    expect(log.lines).toContainEqual(
      expect.objectContaining({
        code: 'outcome_unknown',
        operationId: minted.body.operationId,
        requestId: expect.any(String),
      }),
    );
  });

  test('rejects the request, the answer is 500 without details', async () => {
    table = await failing(400, 'ValidationException');
    setEnvironment('t', table.endpoint);
    const answer = await consume();
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error', type: expect.any(String) } });
    expect(JSON.stringify(answer)).not.toMatch(/secret|Validation|dynamo|at .*\.ts|stack/i);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'ERROR', message: 'unexpected error' }),
    );
  });
});
