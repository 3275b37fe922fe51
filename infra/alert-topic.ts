import { CfnOutput } from 'aws-cdk-lib';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { serviceMetric } from './service-metric.ts';

/**
 * Where notices to people go. Nobody is subscribed: a product adds addresses, or its own functions, and filters by the
 * attributes `type`, `level`, `feature` and `planId`.
 */
export class AlertTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Quota alerts',
      // The key that AWS keeps for SNS: whoever may publish in this account may use it, at no price of its own.
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
      enforceSSL: true,
    });
    new CfnOutput(this, 'TopicArn', { value: this.topic.topicArn });
    new RunbookAlarm(this, 'AlertsUntoldAlarm', {
      says: 'Three times in three hours events or notices could not be sent.',
      runbook: 'They are kept, and the hourly monitor tries again. See whether EventBridge and SNS are well.',
      metric: serviceMetric(METRICS.notificationsPending),
      threshold: 0,
      // A quarter of an hour of a busy service. Of a quiet one what happened, and two runs of the monitor an hour apart: the
      // first often finds that it was a hiccup.
      evaluationPeriods: 36,
      datapointsToAlarm: 3,
    });
  }
}
