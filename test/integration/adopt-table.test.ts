import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  PutItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { adoptTable } from '../../infra/adopt-table/adopt-table.ts';
import { DECLARED_INDEXES, KEY_ATTRIBUTES } from '../../infra/adopt-table/declared-indexes.ts';
import { TableUnderAdoption } from '../../infra/adopt-table/table-under-adoption.ts';
import { LAYOUT, TABLE } from '../../shared/contract.ts';
import { localDynamoDB } from '../support/local-dynamodb.ts';
import { uniqueName } from '../support/redis.ts';
import { startTableSettingsProxy, type TableSettingsProxy } from '../support/table-settings-proxy.ts';

const declared = inject('tableDefinition');
const client = localDynamoDB(inject('dynamodbEndpoint'));
let proxy: TableSettingsProxy;
beforeAll(async () => {
  proxy = await startTableSettingsProxy(inject('dynamodbEndpoint'));
});
afterAll(async () => {
  client.destroy();
  await proxy.stop();
});

/** A table as a restore makes it: without a stream, TTL, recovery, protection and tags. */
async function restoredTable(more: Partial<CreateTableCommandInput> = {}): Promise<string> {
  const TableName = uniqueName('restored');
  const { StreamSpecification: _, ...create } = declared.create;
  await client.send(new CreateTableCommand({ ...create, TableName, ...more }));
  onTestFinished(async () => {
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    await client.send(new DeleteTableCommand({ TableName }));
  });
  return TableName;
}

async function adopt(tableName: string, tagsFrom?: string) {
  const steps: string[] = [];
  const proxied = localDynamoDB(proxy.url);
  onTestFinished(() => proxied.destroy());
  const table = new TableUnderAdoption(proxied, tableName, async () => {});
  const adoption = await adoptTable(table, {
    tagsFrom,
    onStep: (setting, outcome) => steps.push(`${setting}: ${outcome}`),
  });
  return { adoption, steps };
}

const described = async (TableName: string) =>
  (await client.send(new DescribeTableCommand({ TableName }))).Table ?? {};

describe('a restored table', () => {
  test('gets the stream, TTL, recovery and protection that a restore leaves behind, once', async () => {
    const tableName = await restoredTable();
    const { adoption, steps } = await adopt(tableName);
    expect(steps).toEqual([
      'billing on demand: already set',
      'index due: already set',
      'index top: already set',
      'stream: set',
      'time to live: set',
      'point-in-time recovery: set',
      'contributor insights: set',
      'deletion protection: set',
    ]);
    const table = await described(tableName);
    expect(table.StreamSpecification).toEqual(declared.create.StreamSpecification);
    expect(table.DeletionProtectionEnabled).toBe(true);
    const { hasRecovery, insights } = proxy.settingsOf(tableName);
    expect(hasRecovery).toBe(true);
    expect([...insights]).toEqual(['', 'due', 'top'].map((place) => [place, 'THROTTLED_KEYS']));
    const { TimeToLiveDescription } = await client.send(
      new DescribeTimeToLiveCommand({ TableName: tableName }),
    );
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: TABLE.ttl });
    expect(adoption).toEqual({ tableName, tableStreamArn: table.LatestStreamArn });

    const again = await adopt(tableName);
    expect(again.steps.filter((step) => !step.endsWith('already set'))).toEqual([]);
    expect(again.adoption).toEqual(adoption);
  });

  test('gets the indexes that it lacks, and is billed on demand', async () => {
    const tableName = await restoredTable({
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
      GlobalSecondaryIndexes: undefined,
      AttributeDefinitions: KEY_ATTRIBUTES.slice(0, 2),
    });
    const { steps } = await adopt(tableName);
    expect(steps.slice(0, 3)).toEqual(['billing on demand: set', 'index due: set', 'index top: set']);
    const { GlobalSecondaryIndexes = [], BillingModeSummary } = await described(tableName);
    expect(BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST');
    expect(GlobalSecondaryIndexes.map(({ IndexName }) => IndexName).sort()).toEqual(['due', 'top']);
  });

  test("gets the tags of the former one, but those of AWS's own", async () => {
    const [former, restored] = [await restoredTable(), await restoredTable()];
    const { tags } = proxy.settingsOf(former);
    tags.set('team', 'quota').set('aws:cloudformation:stack-name', 'QuotaService');
    expect((await adopt(restored, former)).steps.at(-1)).toBe('tags: set');
    expect([...proxy.settingsOf(restored).tags]).toEqual([['team', 'quota']]);
    expect((await adopt(restored, former)).steps.at(-1)).toBe('tags: already set');
  });
});

test('the indexes are those of the template', () => {
  expect(DECLARED_INDEXES).toEqual(declared.create.GlobalSecondaryIndexes);
  expect(KEY_ATTRIBUTES).toEqual(declared.create.AttributeDefinitions);
});

describe('a table that does not fit is rejected with what to do', () => {
  test.each<[string, Partial<CreateTableCommandInput>, string]>([
    [
      'other keys',
      {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        GlobalSecondaryIndexes: undefined,
      },
      'has other keys than a table of this service',
    ],
    [
      'an index without the attributes',
      {
        GlobalSecondaryIndexes: DECLARED_INDEXES.map((index) => ({
          ...index,
          Projection: { ProjectionType: 'KEYS_ONLY' },
        })),
      },
      'the index top has other keys or attributes; delete it, then run this again',
    ],
    [
      'a stream of new images',
      { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } },
      'has a stream without both images; disable it, then run this again',
    ],
  ])('%s', async (_, more, message) => {
    await expect(adopt(await restoredTable(more))).rejects.toThrow(message);
  });

  test('a layout that this release does not read', async () => {
    const TableName = await restoredTable();
    const { pk, sk } = LAYOUT.key;
    const Item = { pk: { S: pk }, sk: { S: sk }, [LAYOUT.attribute]: { N: '99' } };
    await client.send(new PutItemCommand({ TableName, Item }));
    await expect(adopt(TableName)).rejects.toThrow('has layout 99, and this release reads');
  });

  test('another TTL attribute', async () => {
    const TableName = await restoredTable();
    const TimeToLiveSpecification = { Enabled: true, AttributeName: 'expires' };
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    await expect(adopt(TableName)).rejects.toThrow(
      'expires items by the attribute expires; disable that, then run this again',
    );
  });
});

describe('the command', () => {
  const run = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
      const command = resolve(import.meta.dirname, '../../infra/adopt-table/command.ts');
      execFile(process.execPath, [command, ...args], (error, stdout, stderr) =>
        done({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });

  test('prints the steps, what this endpoint does not know, and the settings of the deployment', async () => {
    const tableName = await restoredTable();
    const { code, stdout } = await run('--table', tableName, '--endpoint', inject('dynamodbEndpoint'));
    expect(code).toBe(0);
    expect(stdout).toContain('stream: set\n');
    expect(stdout).toContain('point-in-time recovery: absent here\n');
    const settings = JSON.parse(stdout.slice(stdout.indexOf('{')));
    const { LatestStreamArn } = await described(tableName);
    expect(settings).toEqual({ tableName, tableStreamArn: LatestStreamArn });
  });

  test('exits with 2 without a table, and with 1 for one that does not exist', async () => {
    expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining('--table is missing') });
    expect(await run('--table', 'no-such-table', '--endpoint', inject('dynamodbEndpoint'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ResourceNotFoundException'),
    });
  });
});
