import { expect, test } from 'vitest';
import { type Resource, synthesize } from '../support/synth.ts';

const { resources } = await synthesize();
const [table, ...others] = resources('AWS::DynamoDB::Table');

test('there is one table', () => {
  expect(table).toBeDefined();
  expect(others).toEqual([]);
});

test.each([
  ['AWS::DynamoDB::Table', 1],
  ['AWS::S3::Bucket', 3],
  ['AWS::SecretsManager::Secret', 3],
])(
  '%s survives a stack deletion; a failed first deployment leaves none behind, and can be repeated',
  (type, count) => {
    // The canary's key is generated, and worth nothing without its stack.
    const kept = resources(type).filter(({ id }) => !id.startsWith('CanarySecret'));
    expect(kept).toHaveLength(count);
    for (const { id, DeletionPolicy, UpdateReplacePolicy } of kept) {
      expect([DeletionPolicy, UpdateReplacePolicy], id).toEqual(['RetainExceptOnCreate', 'Retain']);
    }
  },
);

test('the table is created without deletion protection, which would make the rollback of a first deployment fail', () => {
  expect(table?.Properties).not.toHaveProperty('DeletionProtectionEnabled');
});

test('the table can be restored to any moment', () => {
  expect(table?.Properties.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
});

test('capacity is on demand', () => {
  expect(table?.Properties).toMatchObject({ BillingMode: 'PAY_PER_REQUEST' });
  expect(table?.Properties).not.toHaveProperty('ProvisionedThroughput');
});

test('Contributor Insights names the throttled keys of the table and of each index, and no others', () => {
  const throttledKeys = { Enabled: true, Mode: 'THROTTLED_KEYS' };
  expect(table?.Properties.ContributorInsightsSpecification).toEqual(throttledKeys);
  for (const index of table?.Properties.GlobalSecondaryIndexes ?? [])
    expect(index.ContributorInsightsSpecification, index.IndexName).toEqual(throttledKeys);
});

test('the table and its indexes are warmed up as configured, and else not', async () => {
  const warm = await synthesize({ warmThroughput: { read: 24_000, write: 20_000 } });
  const [warmTable] = warm.resources('AWS::DynamoDB::Table');
  const places = [warmTable?.Properties, ...(warmTable?.Properties.GlobalSecondaryIndexes ?? [])];
  expect(places).toHaveLength(3);
  for (const { WarmThroughput } of places)
    expect(WarmThroughput).toEqual({ ReadUnitsPerSecond: 24_000, WriteUnitsPerSecond: 20_000 });
  expect(JSON.stringify(table)).not.toContain('WarmThroughput');
});

test('the stream carries both images: the ledger is their difference', () => {
  expect(table?.Properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
});

test('operation records and event claims expire', () => {
  expect(table?.Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
});

test('the indexes hold keys, and for days the plan, so that they cost little and expose little', () => {
  expect(table?.Properties.GlobalSecondaryIndexes).toMatchObject([
    {
      IndexName: 'due',
      KeySchema: [
        { AttributeName: 'k', KeyType: 'HASH' },
        { AttributeName: 'd', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: 'top',
      KeySchema: [
        { AttributeName: 'top', KeyType: 'HASH' },
        { AttributeName: 'used', KeyType: 'RANGE' },
      ],
      Projection: {
        ProjectionType: 'INCLUDE',
        NonKeyAttributes: ['planId', 'opening', 'storedUnits', 'peak'],
      },
    },
  ]);
  expect(table?.Properties.AttributeDefinitions).toEqual(
    expect.arrayContaining([
      { AttributeName: 'k', AttributeType: 'N' },
      { AttributeName: 'd', AttributeType: 'N' },
      { AttributeName: 'top', AttributeType: 'S' },
      { AttributeName: 'used', AttributeType: 'N' },
    ]),
  );
});

test('a throttled request raises an alarm, for any operation on the table or an index', () => {
  const throttles = resources('AWS::CloudWatch::Alarm').filter(({ id }) => id.includes('Throttled'));
  const watched = throttles.flatMap(({ Properties }) =>
    Properties.Metrics.flatMap(({ MetricStat }: Resource) => (MetricStat ? [MetricStat.Metric] : [])),
  );
  const indexes = table?.Properties.GlobalSecondaryIndexes.map(({ IndexName }: Resource) => IndexName);
  const events = ['ReadThrottleEvents', 'WriteThrottleEvents'];
  const wanted = [undefined, ...indexes].flatMap((index) => events.map((name) => [name, index].join(' ')));
  const found = watched.map(({ MetricName, Dimensions }) => {
    const { TableName, GlobalSecondaryIndexName, ...others } = Object.fromEntries(
      Dimensions.map(({ Name, Value }: Resource) => [Name, Value]),
    );
    expect({ TableName, others }).toEqual({ TableName: { Ref: table?.id }, others: {} });
    return [MetricName, GlobalSecondaryIndexName].join(' ');
  });
  expect(found.sort()).toEqual(wanted.sort());
});
