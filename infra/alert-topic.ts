import { CfnOutput } from 'aws-cdk-lib';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { serviceMetric } from './service-metric.ts';
import { serviceTitle } from './stage.ts';

/**
 * The topic of notices to people. It has no subscription: a product adds addresses or functions of its own,
 * and filters by the attributes `type`, `level`, `feature` and `planId`.
 */
export class AlertTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { stage }: { readonly stage: string }) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: `${serviceTitle(stage)}: notices`,
      // The AWS managed key of SNS: publishers of this account may use it, and it costs nothing.
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
      enforceSSL: true,
    });
    new CfnOutput(this, 'TopicArn', { value: this.topic.topicArn });
    new RunbookAlarm(this, 'PendingNotificationsAlarm', {
      summary: 'Three times in three hours events or notices could not be published.',
      runbook: 'They are kept, and the hourly monitor retries. Check the health of EventBridge and SNS.',
      metric: serviceMetric(this, METRICS.notificationsPending),
      threshold: 0,
      // In a busy service: 15 minutes. In a quiet one: the failure and two hourly runs of the monitor; a
      // single failure often succeeds at the first retry.
      evaluationPeriods: 36,
      datapointsToAlarm: 3,
    });
  }
}
