import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../../infra/local/host/free-port.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/local-stack.ts';
import { synthesizeProbeStack } from '../fixtures/probe-stack.ts';
import { isListening } from '../support/listening.ts';
import { localDynamoDB } from '../support/local-dynamodb.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restart-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('data, keys and the stream position survive a restart; nothing runs after a stop', async () => {
  const files = { projected: join(folder, 'projected'), triggered: join(folder, 'triggered') };
  synthesizeProbeStack(join(folder, 'cdk.out'), files);
  const start = () =>
    startLocalStack({ assemblyFolder: join(folder, 'cdk.out'), dataFolder: join(folder, 'data') });
  const project = () =>
    readFileSync(files.projected, { encoding: 'utf8', flag: 'a+' }).split('\n').length - 1;
  const putInto = async ({ dynamodbEndpoint, tableName }: LocalStack, pk: string) => {
    const client = localDynamoDB(dynamodbEndpoint);
    await DynamoDBDocumentClient.from(client).send(
      new PutCommand({ TableName: tableName, Item: { pk, sk: 'ACCOUNT' } }),
    );
    client.destroy();
  };
  const first = await start();
  await putInto(first, 'a');
  await vi.waitFor(() => expect(project()).toBe(1), { timeout: 5_000 });
  await first.stop();
  for (const url of [first.url, first.dynamodbEndpoint, first.controlUrl]) {
    expect(await isListening(Number(new URL(url).port))).toBe(false);
  }
  const second = await start();
  expect(second.adminKey).toBe(first.adminKey);
  await putInto(second, 'b');
  await vi.waitFor(() => expect(project()).toBe(2), { timeout: 5_000 });
  await second.stop();
});

test('a start that fails leaves nothing behind', async () => {
  const dynamodbPort = await freePort();
  const scratch = await mkdtemp(join(folder, 'tmp-'));
  vi.stubEnv('TMPDIR', scratch);
  await expect(startLocalStack({ assemblyFolder: '/nowhere', dynamodbPort })).rejects.toThrow('/nowhere');
  expect(await isListening(dynamodbPort)).toBe(false);
  expect(readdirSync(scratch)).toEqual([]);
  vi.unstubAllEnvs();
});
