import { expect, test } from 'vitest';
import { ENTRIES, type Entry } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize();
const schedules = resources('AWS::Scheduler::Schedule');
const [queue] = resources('AWS::SQS::Queue');

test('quota-reset sweeps every five minutes, subscription-sync asks Stripe every hour', () => {
  const every = (entry: Entry, rate: string) => ({
    State: 'ENABLED',
    ScheduleExpression: rate,
    ScheduleExpressionTimezone: 'Etc/UTC',
    Target: { Arn: { 'Fn::GetAtt': [functionOf(entry).id, 'Arn'] } },
  });
  expect(schedules.map(({ Properties }) => Properties)).toMatchObject([
    every(ENTRIES.quotaReset, 'rate(5 minutes)'),
    every(ENTRIES.subscriptionSync, 'rate(1 hour)'),
  ]);
});

test('a start that fails is tried again, then kept', () => {
  for (const { id, Properties } of schedules) {
    expect(Properties.Target.RetryPolicy.MaximumRetryAttempts, id).toBeGreaterThan(0);
    expect(Properties.Target.DeadLetterConfig.Arn, id).toEqual({ 'Fn::GetAtt': [queue?.id, 'Arn'] });
  }
});

test('a run that fails is tried again, then kept', () => {
  const configs = resources('AWS::Lambda::EventInvokeConfig');
  expect(configs).toHaveLength(schedules.length);
  for (const { id, Properties } of configs) {
    expect(Properties.MaximumRetryAttempts, id).toBeGreaterThan(0);
    expect(Properties.DestinationConfig.OnFailure.Destination, id).toEqual({
      'Fn::GetAtt': [queue?.id, 'Arn'],
    });
  }
});

test('a sweep ends before the next one starts', () => {
  expect(functionOf(ENTRIES.quotaReset).Properties.Timeout).toBeLessThan(5 * 60);
});

test('a schedule may start its own function and nothing else', () => {
  for (const { id, Properties } of schedules) {
    const role = resources('AWS::IAM::Role').find(
      (candidate) => candidate.id === Properties.Target.RoleArn['Fn::GetAtt'][0],
    );
    const [policy] = role?.Properties.Policies ?? [];
    expect(policy.PolicyDocument.Statement, id).toMatchObject([
      { Action: 'lambda:InvokeFunction', Resource: Properties.Target.Arn },
      { Action: 'sqs:SendMessage', Resource: Properties.Target.DeadLetterConfig.Arn },
    ]);
  }
});

test('a failed run raises an alarm', () => {
  const alarms = resources('AWS::CloudWatch::Alarm').filter(
    ({ Properties }) => Properties.Namespace === 'AWS/SQS',
  );
  expect(alarms).toHaveLength(1);
});
