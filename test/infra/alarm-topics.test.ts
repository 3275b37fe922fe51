import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { synthesize } from '../support/synth.ts';

const byDefault = await synthesize();
const mailed = await synthesize({ alarmEmail: 'operators@example.com', monthlyBudgetUsd: 200 });
const own = await synthesize({ alarmTopicArn: 'arn:aws:sns:eu-central-1:111122223333:operators' });

type Stack = typeof mailed;
const topicOf = ({ resources }: Stack, name: string) =>
  resources('AWS::SNS::Topic').find(({ id }) => id.startsWith(`AlarmTopics${name}`));
const warningsOf = ({ stack }: Stack) =>
  Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('No alarm has a recipient'));

test('CloudWatch and Budgets may publish to the topics of alarms, which no key of AWS encrypts', () => {
  for (const name of ['Usage', 'Alarms']) {
    const topic = topicOf(mailed, name);
    expect(topic?.Properties.KmsMasterKeyId, name).toBeUndefined();
    const policy = mailed
      .resources('AWS::SNS::TopicPolicy')
      .find(({ Properties }) => Properties.Topics[0].Ref === topic?.id);
    expect(policy?.Properties.PolicyDocument.Statement, name).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
  }
});

test('an e-mail address receives the alarms', () => {
  expect(mailed.resources('AWS::SNS::Subscription').map(({ Properties }) => Properties)).toEqual([
    {
      Protocol: 'email',
      Endpoint: 'operators@example.com',
      TopicArn: { Ref: topicOf(mailed, 'Alarms')?.id },
    },
  ]);
  for (const { id, Properties } of mailed.resources('AWS::CloudWatch::Alarm')) {
    const name = id.startsWith('HighUsage') ? 'Usage' : 'Alarms';
    expect(Properties.AlarmActions, id).toEqual([{ Ref: topicOf(mailed, name)?.id }]);
  }
});

test('a topic of the operator replaces that of the stack', () => {
  expect(topicOf(own, 'Alarms')).toBeUndefined();
});

test('synth warns while nothing receives alarms', () => {
  expect(warningsOf(byDefault)).toHaveLength(1);
  for (const stack of [mailed, own]) expect(warningsOf(stack)).toEqual([]);
});

test('a budget notifies by forecast and in fact, and only where it is set', () => {
  const [budget] = mailed.resources('AWS::Budgets::Budget');
  expect(budget?.Properties.Budget).toMatchObject({
    BudgetType: 'COST',
    TimeUnit: 'MONTHLY',
    BudgetLimit: { Amount: 200, Unit: 'USD' },
  });
  const subscribers = [{ SubscriptionType: 'SNS', Address: { Ref: topicOf(mailed, 'Alarms')?.id } }];
  expect(budget?.Properties.NotificationsWithSubscribers).toMatchObject([
    { Notification: { NotificationType: 'FORECASTED', Threshold: 100 }, Subscribers: subscribers },
    { Notification: { NotificationType: 'ACTUAL', Threshold: 100 }, Subscribers: subscribers },
  ]);
  expect(byDefault.resources('AWS::Budgets::Budget')).toEqual([]);
});
