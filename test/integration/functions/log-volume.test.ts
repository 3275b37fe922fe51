import { expect, test } from 'vitest';
import type { captureLog } from '../../support/api.ts';
import { keyed, useUserApi } from '../../support/user-api.ts';

const user = useUserApi();

/** Bytes of a line as it is ingested, its end included. */
const bytesOf = (line: object) => Buffer.byteLength(`${JSON.stringify(line)}\n`);

/** The lines of one call in a warm environment: the authorizer's and the route's. */
async function linesOf(call: () => Promise<unknown>): Promise<ReturnType<typeof captureLog>['lines']> {
  await user.send('consumeQuota', { type: 'aiRequest' });
  user.api.log.lines.length = 0;
  await call();
  return user.api.log.lines;
}

test('an accepted consume is one line of at most 850 bytes: record and metrics at once', async () => {
  const lines = await linesOf(() =>
    user.send('consumeQuota', { type: 'aiRequest' }, keyed('order-1234567890')),
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 'INFO',
    message: 'decision',
    userId: user.userId,
    operationId: 'order-1234567890',
    Decision: 1,
    Accepted: 1,
  });
  expect(lines.map(bytesOf)[0]).toBeLessThanOrEqual(850);
});

test('a denied consume is one line of at most 650 bytes', async () => {
  const lines = await linesOf(() => user.send('consumeQuota', { type: 'aiRequest', amount: 101 }));
  expect(lines.map(({ message, code }) => [message, code])).toEqual([['decision', 'exceeded']]);
  expect(lines.map(bytesOf)[0]).toBeLessThanOrEqual(650);
});

test('no line names its function, the memory of it or a sampling rate: the log group does', async () => {
  const lines = await linesOf(() => user.send('consumeQuota', { type: 7 }));
  expect(lines.map(({ message }) => message)).toEqual(['refused']);
  const keys = ['function_arn', 'function_name', 'function_memory_size', 'sampling_rate', 'service'];
  for (const key of keys) expect(lines[0]).not.toHaveProperty(key);
  expect(lines[0]).toHaveProperty('function_request_id');
});
