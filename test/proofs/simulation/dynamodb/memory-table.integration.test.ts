import { randomInt, randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAccountItem } from '../../../../shared/adapters/dynamodb/account-codec.ts';
import { AccountStore } from '../../../../shared/adapters/dynamodb/account-store.ts';
import { AlertStore } from '../../../../shared/adapters/dynamodb/alert-store.ts';
import { accountKey, alertKey } from '../../../../shared/adapters/dynamodb/keys.ts';
import { INDEX } from '../../../../shared/contract.ts';
import { usageAlert } from '../../../../shared/domain/alert.ts';
import { DEFAULT_THRESHOLDS } from '../../../../shared/domain/threshold.ts';
import { anyStory, replay } from '../../../support/random-accounts.ts';
import { counterOf, SAMPLE_NOW, sampleAccount } from '../../../support/sample-account.ts';
import { createTestTable, type TestTable } from '../../../support/table.ts';
import { execute } from './memory-client.ts';
import { MemoryTable } from './memory-table.ts';
import { anyQuery, anyWrite, type RandomQuery, type RandomWrite } from './random-expressions.ts';

/**
 * More by `SIMULATION_SEED=7 SIMULATION_EXPRESSIONS=20000 npx vitest run --project integration
 * test/integration/simulation`.
 */
const RUNS = Number(process.env.SIMULATION_EXPRESSIONS ?? 250);

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.drop());

const SEED = Number(process.env.SIMULATION_SEED ?? 20_331_122);

/** Any executor of the document client's commands. */
type Send = (command: object) => Promise<object>;

const emulator: Send = (command) => table.documentClient.send(command as GetCommand); // any command, unchanged
function model(): Send {
  const memory = new MemoryTable(() => 0);
  return async (command) => execute(memory, command);
}

/** The outcome of a write, in terms common to both executors. */
async function outcomeOf(send: Send, { item, kind, replacement, expressions }: RandomWrite): Promise<object> {
  const TableName = table.tableName;
  const Key = { pk: randomUUID(), sk: 'item' };
  if (item) await send(new PutCommand({ TableName, Item: { ...item, ...Key } })).catch(() => {});
  const request = { TableName, ...expressions } as { TableName: string }; // its parts are of the SDK's types
  const commands = {
    put: () => new PutCommand({ ...request, Item: { ...replacement, ...Key } }),
    update: () => new UpdateCommand({ ...request, Key, ReturnValues: 'ALL_NEW' }),
    delete: () => new DeleteCommand({ ...request, Key }),
  };
  const answer = await send(commands[kind]()).then(answered, refused);
  const after = await send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  return { ...answer, after: 'Item' in after ? withoutKey(after.Item) : undefined };
}

function answered(answer: object): object {
  return { code: 'applied', ...('Attributes' in answer && { now: withoutKey(answer.Attributes) }) };
}

function refused(error: unknown): object {
  if (error instanceof ConditionalCheckFailedException) {
    return { code: 'refused', old: error.Item && withoutKey(unmarshall(error.Item)) };
  }
  if (error instanceof Error && error.name === 'ValidationException') {
    return { code: 'invalid' };
  }
  throw error;
}

function withoutKey(item: unknown): object {
  return { ...(item as object), pk: undefined, sk: undefined }; // an item
}

/** A query's page, by sort keys. */
async function pageOf(send: Send, query: RandomQuery): Promise<object> {
  const TableName = table.tableName;
  const pk = randomUUID();
  const shard = randomInt(2 ** 40);
  for (const item of query.items) await send(new PutCommand({ TableName, Item: { ...item, pk, k: shard } }));
  const command = new QueryCommand({
    TableName,
    ...(query.index && { IndexName: INDEX.due.name }),
    KeyConditionExpression: (query.index ? 'k = :key' : 'pk = :key') + query.condition,
    ExpressionAttributeValues: { ...query.values, ':key': query.index ? shard : pk },
    ScanIndexForward: query.isForward,
    ...(query.limit !== undefined && { Limit: query.limit }),
  });
  const page = await send(command).catch(refused);
  const { Items = [] } = page as { Items?: { sk: string; d?: number }[] }; // a page, or its refusal
  // Items due at one moment come in any order: only their due times count.
  return 'code' in page ? page : Items.map(({ sk, d }) => (query.index ? d : sk));
}

/** Two writes in one transaction, and the items afterwards. */
async function transactionOf(send: Send, one: RandomWrite, other: RandomWrite): Promise<object> {
  const TableName = table.tableName;
  const parts = [one, other].map((write) => ({ ...write, Key: { pk: randomUUID(), sk: 'item' } }));
  for (const { item, Key } of parts) {
    if (item) await send(new PutCommand({ TableName, Item: { ...item, ...Key } })).catch(() => {});
  }
  const TransactItems = parts.map(({ kind, replacement, expressions, Key }) => {
    const { UpdateExpression: _, ReturnValuesOnConditionCheckFailure: __, ...condition } = expressions;
    return kind === 'put'
      ? { Put: { TableName, Item: { ...replacement, ...Key }, ...condition } }
      : { Delete: { TableName, Key, ...condition } };
  });
  const code = await send(new TransactWriteCommand({ TransactItems })).then(
    () => 'applied',
    (error: unknown) => (error instanceof TransactionCanceledException ? 'canceled' : refused(error)),
  );
  const after = await Promise.all(
    parts.map(({ Key }) => send(new GetCommand({ TableName, Key, ConsistentRead: true }))),
  );
  return { code, after: after.map((answer) => ('Item' in answer ? withoutKey(answer.Item) : undefined)) };
}

/** A long run needs its time. */
const TIMEOUT_MS = 30_000 + RUNS * 50;

describe('The table in memory', { timeout: TIMEOUT_MS }, () => {
  it('does to random items what DynamoDB does, for random conditions and updates', async () => {
    const counts = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(anyWrite, async (write) => {
        const [expected, actual] = await Promise.all([outcomeOf(emulator, write), outcomeOf(model(), write)]);
        expect(actual).toEqual(expected);
        const code = `${write.kind} ${'code' in expected ? expected.code : ''}`;
        counts.set(code, (counts.get(code) ?? 0) + 1);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // The property is meaningful only if every outcome occurred.
    for (const kind of ['put', 'update', 'delete']) {
      for (const code of ['applied', 'refused', 'invalid']) {
        expect(counts.get(`${kind} ${code}`) ?? 0, `${kind} ${code}`).toBeGreaterThan(RUNS / 125);
      }
    }
  });

  it('finds what DynamoDB finds, by random key conditions, in the table and in an index', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuery, async (query) => {
        const [expected, actual] = await Promise.all([pageOf(emulator, query), pageOf(model(), query)]);
        expect(actual).toEqual(expected);
      }),
      { numRuns: Math.ceil(RUNS / 4), seed: SEED },
    );
  });

  it('applies a transaction wholly or not at all, as DynamoDB does', async () => {
    const anyPart = anyWrite.filter(
      ({ kind, replacement }) => kind !== 'update' && typeof replacement.d !== 'string',
    );
    await fc.assert(
      fc.asyncProperty(anyPart, anyPart, async (one, other) => {
        const [expected, actual] = await Promise.all([
          transactionOf(emulator, one, other),
          transactionOf(model(), one, other),
        ]);
        expect(actual).toEqual(expected);
      }),
      { numRuns: Math.ceil(RUNS / 4), seed: SEED },
    );
  });

  it('executes the statements that save many accounts as DynamoDB does', async () => {
    const stories = fc.sample(anyStory, { numRuns: 90, seed: SEED });
    const pairs = stories.flatMap((story) => {
      const userId = randomUUID();
      const [before, after] = replay(story, userId).images.slice(-2);
      return before && after ? [{ before, after }] : [];
    });
    pairs.splice(25);
    // Every third is made from a version that was overwritten meanwhile.
    const steps = pairs.map(({ before, after }, index) => ({
      before: { ...before, version: before.version + (index % 3 === 0 ? 1 : 0) },
      after,
    }));
    const outcome = async (send: Send) => {
      const accounts = new AccountStore({ client: { send: send as never }, name: table.tableName }); // any command
      for (const { before } of pairs) {
        await send(new PutCommand({ TableName: table.tableName, Item: toAccountItem(before) }));
      }
      const users = await accounts.saveMany(steps);
      const read = steps.map(({ after: { userId } }) => accounts.read(userId, { consistent: true }));
      // As items: maps have no order, and so further intervals have none.
      const items = (await Promise.all(read)).map((account) => account && toAccountItem(account));
      return { users, items };
    };
    const expected = await outcome(emulator);
    expect(await outcome(model())).toEqual(expected);
    expect(expected.users.size).toBeGreaterThan(10);
    expect(expected.users.size).toBeLessThan(25);
  });

  it('keeps alerts, and the sets of their pending notifications, as DynamoDB does', async () => {
    const account = sampleAccount();
    const steps = ['raise', 'recover', 'claim', 'mark raised', 'mark recovered'] as const;
    const outcomeOfStory = async (send: Send, story: readonly (typeof steps)[number][]) => {
      const alerts = new AlertStore({ client: { send: send as never }, name: table.tableName }); // any command
      const userId = randomUUID();
      const outcomes: unknown[] = [];
      let { version } = account;
      const alertOf = () =>
        usageAlert(
          { ...account, userId, version },
          'aiRequest',
          counterOf(account),
          'warning',
          DEFAULT_THRESHOLDS,
          SAMPLE_NOW,
        );
      const { alert, ...rest } = { alert: alertOf(), untold: new Set<never>(), claimedUntil: 0 };
      const { sk } = alertKey(userId, alert.periodStart, alert.feature, alert.interval, alert.level);
      for (const [index, step] of story.entries()) {
        version += 1;
        const now = SAMPLE_NOW + index;
        const recovery = { used: 0, held: 0, limit: 100, version, at: now };
        const known = (await alerts.list(userId, 10)).items[0] ?? { alert, ...rest };
        const act = {
          raise: () => alerts.raise(alertOf(), now),
          recover: () => alerts.recover(alert, 'warning', recovery, true, now),
          claim: () => alerts.claim(known, now),
          'mark raised': () => alerts.markPublished(known, 'raised'),
          'mark recovered': () => alerts.markPublished(known, 'recovered'),
        }[step];
        outcomes.push(await act().catch((error: Error) => error.name));
        const Key = { pk: accountKey(userId).pk, sk };
        const left = await send(new GetCommand({ TableName: table.tableName, Key, ConsistentRead: true }));
        outcomes.push('Item' in left ? withoutKey(left.Item) : undefined);
      }
      // The owner differs, and with it the id.
      return JSON.parse(
        JSON.stringify(outcomes, (name, value: unknown) =>
          value instanceof Set
            ? [...value].sort()
            : ['userId', 'id', 'k', 'top'].includes(name)
              ? name
              : value,
        ),
      ) as unknown;
    };
    const anyStoryOfAlerts = fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(anyStoryOfAlerts, async (story) => {
        const [expected, actual] = await Promise.all([
          outcomeOfStory(emulator, ['raise', ...story]),
          outcomeOfStory(model(), ['raise', ...story]),
        ]);
        expect(actual).toEqual(expected);
      }),
      { numRuns: Math.ceil(RUNS / 4), seed: SEED },
    );
  });
});
