import { expect, test } from 'vitest';
import { synthesize } from '../support/synth.ts';

const { resources } = await synthesize();
const [table, ...others] = resources('AWS::DynamoDB::Table');

test('there is one table', () => {
  expect(table).toBeDefined();
  expect(others).toEqual([]);
});

test('the table survives a stack deletion, and a deletion by hand', () => {
  expect(table).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: { DeletionProtectionEnabled: true },
  });
});

test('the table can be restored to any moment', () => {
  expect(table?.Properties.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
});

test('nobody provisions capacity', () => {
  expect(table?.Properties).toMatchObject({ BillingMode: 'PAY_PER_REQUEST' });
  expect(table?.Properties).not.toHaveProperty('ProvisionedThroughput');
});

test('the stream carries both images, for the ledger is their difference', () => {
  expect(table?.Properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
});

test('operation records and event claims expire by themselves', () => {
  expect(table?.Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
});

test('the indexes hold keys, and of days the plan, so that they cost little and tell little', () => {
  expect(table?.Properties.GlobalSecondaryIndexes).toEqual([
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
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['planId'] },
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
