import { expect, test } from 'vitest';
import { PERMISSIONS } from '../../infra/permissions.ts';
import { ALL_ENTRIES, ENV, METRICS } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize();
const [topic, ...others] = resources('AWS::SNS::Topic').filter(({ id }) => id.startsWith('Alerts'));

test('notices are encrypted at rest and accepted over TLS only', () => {
  expect(others).toEqual([]);
  expect(JSON.stringify(topic?.Properties.KmsMasterKeyId)).toContain('alias/aws/sns');
  const [policy] = resources('AWS::SNS::TopicPolicy').filter(({ id }) => id.startsWith('Alerts'));
  expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({
      Effect: 'Deny',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      Action: 'sns:Publish',
    }),
  );
});

test('only functions that raise alerts may publish to the topic', () => {
  const raising = ALL_ENTRIES.filter((entry) => PERMISSIONS[entry].capabilities.includes('notices'));
  expect(raising).toContain('projector/handler');
  for (const entry of ALL_ENTRIES) {
    const { Role, Environment } = functionOf(entry).Properties;
    const role = resources('AWS::IAM::Role').find(({ id }) => id === Role['Fn::GetAtt'][0]);
    const mayPublish = JSON.stringify(role?.Properties.Policies).includes('sns:Publish');
    expect(mayPublish, entry).toBe(raising.includes(entry));
    expect(Environment.Variables[ENV.alertTopicArn] !== undefined, entry).toBe(raising.includes(entry));
  }
});

test('pending notifications raise an alarm, even if only the hourly monitor finds them; a single failure does not', () => {
  const [alarm, ...more] = resources('AWS::CloudWatch::Alarm').filter(
    ({ Properties }) => Properties.MetricName === METRICS.notificationsPending,
  );
  expect(more).toEqual([]);
  const { Period, EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = alarm?.Properties ?? {};
  // The first failure, and the monitor's first retry.
  expect(DatapointsToAlarm).toBeGreaterThan(2);
  const longestRunSeconds = 15 * 60;
  const spanSeconds = (DatapointsToAlarm - 1) * 3_600 + longestRunSeconds;
  expect(EvaluationPeriods * Period).toBeGreaterThanOrEqual(spanSeconds + Period);
});
