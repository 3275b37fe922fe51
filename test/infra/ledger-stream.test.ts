import { expect, test } from 'vitest';
import { accountKey, ledgerKey, operationRecordKey } from '../../shared/adapters/dynamodb/keys.ts';
import { ENTRIES, METRICS } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize();
const [mapping, ...others] = resources('AWS::Lambda::EventSourceMapping');
const [table] = resources('AWS::DynamoDB::Table');
const bucket = resources('AWS::S3::Bucket').find(({ id }) => id.startsWith('LedgerSetAside'));
const projector = functionOf(ENTRIES.projector);

test('the projector follows the stream of the table from its beginning', () => {
  expect(others).toEqual([]);
  expect(mapping?.Properties).toMatchObject({
    EventSourceArn: { 'Fn::GetAtt': [table?.id, 'StreamArn'] },
    FunctionName: { Ref: projector.id },
    StartingPosition: 'TRIM_HORIZON',
  });
});

test('the projector receives accounts, and never its own writes', () => {
  const [filter, ...more] = mapping?.Properties.FilterCriteria.Filters ?? [];
  const wanted: string[] = JSON.parse(filter.Pattern).dynamodb.Keys.sk.S;
  expect(more).toEqual([]);
  expect(wanted).toEqual([accountKey('u').sk]);
  expect(wanted).not.toContain(ledgerKey('u', 1).sk);
  expect(wanted).not.toContain(operationRecordKey('u', 'k').sk);
});

test('the projector starts at once and takes many records at a time', () => {
  expect(mapping?.Properties).toMatchObject({ BatchSize: 100, MaximumBatchingWindowInSeconds: 0 });
});

test('one bad record delays its neighbours for a bounded time', () => {
  expect(mapping?.Properties).toMatchObject({
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 10,
  });
  expect(mapping?.Properties.MaximumRecordAgeInSeconds).toBeLessThan(24 * 60 * 60);
});

test('the projector stores records that it cannot process', () => {
  expect(mapping?.Properties.DestinationConfig.OnFailure.Destination).toEqual({
    'Fn::GetAtt': [bucket?.id, 'Arn'],
  });
  expect(bucket).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
});

test('stored records are not public', () => {
  expect(bucket?.Properties.PublicAccessBlockConfiguration).toEqual({
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  });
});

test('an inconsistent account raises an alarm', () => {
  const [alarm, ...more] = resources('AWS::CloudWatch::Alarm').filter(
    ({ Properties }) => Properties.MetricName === METRICS.invariantBroken,
  );
  expect(more).toEqual([]);
  expect(alarm?.Properties).toMatchObject({
    Namespace: 'QuotaService',
    Dimensions: [{ Name: 'service', Value: METRICS.service }],
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
  });
});

test('a projector that lags, or gives up on a record, raises an alarm', () => {
  const metrics = resources('AWS::CloudWatch::Alarm').map(({ Properties }) => JSON.stringify(Properties));
  expect(metrics.filter((metric) => metric.includes('"IteratorAge"'))).toHaveLength(1);
  expect(
    metrics.filter((metric) => metric.includes('"OnFailureDestinationDeliveredEventCount"')),
  ).toHaveLength(1);
  expect(mapping?.Properties.MetricsConfig).toEqual({ Metrics: ['EventCount'] });
});

test('a stopped projector raises an alarm while units are accepted', () => {
  const alarms = resources('AWS::CloudWatch::Alarm').filter(({ Properties }) => {
    const figures = JSON.stringify(Properties.Metrics ?? []);
    return [METRICS.accepted, METRICS.ledgerEntries].every((name) => figures.includes(`"${name}"`));
  });
  expect(alarms).toHaveLength(1);
});
