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

/**
 * Rare paths, each to the last request that it sends to the table: a missing grant would show on AWS alone,
 * to the user who takes the path.
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

/**
 * Actions that a function, by a part of its name, requested of the table; `from` leaves out what was
 * requested before.
 */
const askedBy = (name: string, from = 0): string[] =>
  guard()
    .asked.slice(from)
    .flatMap(({ functionId, action }) => (functionId.includes(name) ? [action] : []));

/** Routes that change an account. */
const CHANGES = [
  'consumeQuota',
  'checkAndConsumeQuota',
  'batchConsumeQuota',
  'releaseQuota',
  'grantQuota',
  'createReservation',
] as const satisfies readonly OperationName[];

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
  async (route) => {
    const userId = `full-${route}`;
    await store(fullAccount(userId));
    const from = guard().asked.length;
    await change(route, userId, `order-${route}`);
    await change(route, userId, mintOperationId(Date.now() - 10_000));
    expect(askedBy('HttpQuota', from)).toEqual(expect.arrayContaining(['GetItem', 'Query', 'BatchGetItem']));
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

test('the guard rejects what the role of the calling function does not allow', async () => {
  const assembly = await readAssembly(inject('assemblyFolder'));
  const another = await startRoleGuard(stack().dynamodbEndpoint, assembly);
  onTestFinished(() => another.stop());
  const TableName = stack().tableName;
  const idOf = (name: string) =>
    guard().asked.find(({ functionId }) => functionId.includes(name))?.functionId ?? '';
  const ask = async (accessKeyId: string, operation: string, input: object) => {
    const response = await fetch(another.url, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261122/eu-central-1/dynamodb/aws4_request`,
        'x-amz-target': `DynamoDB_20120810.${operation}`,
      },
      body: JSON.stringify({ TableName, ...input }),
    });
    return Object(await response.json()).__type;
  };
  const item = (pk: string) => ({ pk: { S: pk }, sk: { S: 'x' } });
  const batchOf = (...keys: string[]) => ({ RequestItems: { [TableName]: { Keys: keys.map(item) } } });
  const queryOf = (pk: string) => ({
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: pk } },
  });
  const Statement = `UPDATE "${TableName}" SET a = ? WHERE pk = ? AND sk = ?`;
  const updateOf = (pk: string) => ({
    Statements: [{ Statement, Parameters: [{ S: '1' }, { S: pk }, { S: 'x' }] }],
  });
  const putsOf = (...keys: string[]) => ({
    TransactItems: keys.map((pk) => ({ Put: { TableName, Item: item(pk) } })),
  });
  const [quota, reset, admin] = ['HttpQuota', 'QuotaReset', 'HttpAdmin'].map(idOf);
  const rejected = [
    [quota, 'Scan', {}],
    [quota, 'DeleteItem', { Key: item('ACCOUNT#u') }],
    ['stranger', 'GetItem', { Key: item('ACCOUNT#u') }],
    // The quota function reads keys and plans, and writes accounts only.
    [quota, 'PutItem', { Item: item('KEY#a') }],
    [quota, 'UpdateItem', { Key: item('KEY#a') }],
    [quota, 'PutItem', { Item: item('PLAN#pro') }],
    [quota, 'PutItem', { Item: item('PLANS') }],
    [quota, 'TransactWriteItems', putsOf('ACCOUNT#u', 'PLAN#pro')],
    [quota, 'GetItem', { Key: item('STRIPE#cus_1') }],
    [quota, 'Query', queryOf('PLAN#pro')],
    // One foreign key is enough.
    [quota, 'BatchGetItem', batchOf('ACCOUNT#u', 'KEY#a')],
    [reset, 'BatchExecuteStatement', updateOf('KEY#a')],
  ] as const;
  for (const [who = '', operation, input] of rejected) {
    expect(await ask(who, operation, input), `${operation} ${JSON.stringify(input)}`).toContain(
      'AccessDenied',
    );
  }
  expect(another.denied).toHaveLength(rejected.length);
  const admitted = [
    [quota, 'GetItem', { Key: item('PLAN#pro') }],
    [quota, 'BatchGetItem', batchOf('ACCOUNT#u', 'ACCOUNT#v')],
    [quota, 'Query', queryOf('ACCOUNT#u')],
    [reset, 'BatchExecuteStatement', updateOf('ACCOUNT#nobody')],
    [admin, 'GetItem', { Key: item('KEY#a') }],
  ] as const;
  for (const [who = '', operation, input] of admitted) {
    expect(who).not.toBe('');
    expect(String(await ask(who, operation, input)), operation).not.toContain('AccessDenied');
  }
  expect(another.denied).toHaveLength(rejected.length);
});
