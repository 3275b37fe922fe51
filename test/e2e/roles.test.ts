import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { readAssembly } from '../../infra/local/assembly/read-assembly.ts';
import { toAccountItem } from '../../shared/adapters/dynamodb/account-codec.ts';
import { type OperationName, ROUTES } from '../../shared/contract.ts';
import type { Account } from '../../shared/domain/account.ts';
import { DEDUPE_WINDOW } from '../../shared/domain/dedupe-window.ts';
import { mintOperationId } from '../../shared/domain/operation.ts';
import { adminApi } from '../support/admin-api.ts';
import { useGuardedStack } from '../support/local-stack.ts';
import { rightRequest } from '../support/right-request.ts';
import { startRoleGuard } from '../support/roles/role-guard.ts';
import { typicalAccount } from '../support/typical-account.ts';

/*
 * Rare paths, perhaps once in a thousand requests, each to its last request to the table: a missing grant
 * would show only on AWS, as an error to a user.
 */
const DAY_MS = 86_400_000;
const { stack, guard } = useGuardedStack();
const { call, run } = adminApi(stack);

let table: DynamoDBDocumentClient;
beforeAll(() => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const settings = { endpoint: stack().dynamodbEndpoint, region: 'eu-central-1', credentials };
  table = DynamoDBDocumentClient.from(new DynamoDBClient(settings), {
    marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true },
  });
});
afterAll(() => table.destroy());

async function store(...accounts: readonly Account[]): Promise<void> {
  const requests = accounts.map((account) => ({ PutRequest: { Item: toAccountItem(account) } }));
  await table.send(new BatchWriteCommand({ RequestItems: { [stack().tableName]: requests } }));
}

/** Remembers as many operations as fit, none with a record. */
function fullAccount(userId: string): Account {
  const account = typicalAccount(userId, Date.now() - 60_000);
  const [operation] = account.operations.values();
  if (!operation) throw new Error('a typical account remembers operations');
  const keys = Array.from({ length: DEDUPE_WINDOW.room }, (_, index) => String(index).padStart(16, 'A'));
  return { ...account, operations: new Map(keys.map((key) => [key, operation])) };
}

/** The actions that functions with `name` in their names sent to the table so far. */
const askedBy = (name: string): string[] =>
  [...guard().asked].flatMap(([functionId, actions]) => (functionId.includes(name) ? [...actions] : []));

/** Routes that change an account, and their functions' names. */
const CHANGES = [
  ['consumeQuota', 'QuotaConsume'],
  ['checkAndConsumeQuota', 'QuotaCheckAndConsume'],
  ['batchConsumeQuota', 'QuotaBatchConsume'],
  ['releaseQuota', 'QuotaRelease'],
  ['grantQuota', 'QuotaGrant'],
  ['createReservation', 'ReservationsCreate'],
] as const satisfies readonly (readonly [OperationName, string])[];

async function change(name: OperationName, userId: string, operationId: string): Promise<number> {
  const { body } = rightRequest(name, userId);
  const response = await fetch(stack().url + ROUTES[name].path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${stack().adminKey}`,
      'content-type': 'application/json',
      'idempotency-key': operationId,
    },
    body: JSON.stringify(body),
  });
  return response.status;
}

test.each(CHANGES)(
  '%s looks up an operation at every place, and evicts operations to make room',
  async (route, name) => {
    const userId = `full-${route}`;
    await store(fullAccount(userId));
    // By its record; in the ledger; and then by eviction in a full account.
    await change(route, userId, `order-${route}`);
    await change(route, userId, mintOperationId(Date.now() - 10_000));
    expect(askedBy(name)).toEqual(expect.arrayContaining(['GetItem', 'Query', 'BatchGetItem']));
  },
);

test('quota-reset rolls accounts over in batches', async () => {
  const users = Array.from({ length: 25 }, (_, index) => `due-${index}`);
  await store(...users.map((userId) => typicalAccount(userId, Date.now() - 40 * DAY_MS)));
  expect(await run('quota-reset')).toMatchObject({ state: 'succeeded', counts: { failed: 0 } });
  expect(askedBy('QuotaReset')).toEqual(expect.arrayContaining(['Query', 'BatchGetItem', 'PartiQLUpdate']));
});

test('plan-rollout and ledger-audit walk through the whole table', async () => {
  const put = (limit: number) => {
    const body = { name: 'Walked', allowances: [{ feature: 'storage', limit, interval: 'never' }] };
    return call('/v1/plans/walked', { method: 'PUT', body });
  };
  await put(10);
  await call('/v1/users/walker/plan', { body: { planId: 'walked' } });
  await put(5);
  await run('plan-rollout', { planId: 'walked', dryRun: true });
  expect(await run('plan-rollout', { planId: 'walked' })).toMatchObject({ counts: { moved: 1, failed: 0 } });
  expect(askedBy('PlanRollout')).toEqual(expect.arrayContaining(['Scan', 'BatchGetItem', 'PutItem']));
  expect(await run('ledger-audit')).toMatchObject({ state: 'succeeded', counts: { failed: 0 } });
  expect(askedBy('LedgerAudit')).toEqual(expect.arrayContaining(['Scan', 'GetItem', 'Query']));
});

test('versions of a plan are read, and restored', async () => {
  expect((await call('/v1/plans/pro/versions')).status).toBe(200);
  expect((await call('/v1/plans/pro/versions/1')).status).toBe(200);
  expect((await call('/v1/plans/pro/versions/1/restore', { method: 'POST' })).status).toBe(200);
});

test('a request that no role allows is refused before the table: the guard is active', async () => {
  const assembly = await readAssembly(inject('assemblyFolder'));
  const another = await startRoleGuard(stack().dynamodbEndpoint, assembly);
  onTestFinished(() => another.stop());
  const [functionId = ''] = [...guard().asked.keys()].filter((id) => id.includes('QuotaConsume'));
  const ask = async (accessKeyId: string, operation: string) => {
    const response = await fetch(another.url, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261122/eu-central-1/dynamodb/aws4_request`,
        'x-amz-target': `DynamoDB_20120810.${operation}`,
      },
      body: JSON.stringify({ TableName: stack().tableName }),
    });
    return Object(await response.json()).__type;
  };
  for (const [caller, operation] of [
    [functionId, 'Scan'],
    [functionId, 'DeleteItem'],
    ['nobody', 'GetItem'],
  ] as const) {
    expect(await ask(caller, operation)).toContain('AccessDenied');
  }
  expect(await ask(functionId, 'GetItem')).not.toContain('AccessDenied');
  expect(another.denied).toHaveLength(3);
});
