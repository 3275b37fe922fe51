import { Annotations, CfnOutput, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Settings } from './settings.ts';
import { serviceTitle } from './stage.ts';

/**
 * Where alarms go: a topic for the operator, and one for the owners of the product, where the service itself
 * works.
 */
export class AlarmTopics extends Construct {
  readonly operator: ITopic;
  readonly product: ITopic;

  constructor(
    scope: Construct,
    id: string,
    settings: Pick<Settings, 'alarmTopicArn' | 'alarmEmail'> & { readonly stage: string },
  ) {
    super(scope, id);
    const { alarmTopicArn, alarmEmail, stage } = settings;
    const title = serviceTitle(stage);
    this.product = this.topic('Usage', `${title}: high usage`);
    if (alarmTopicArn !== undefined) {
      this.operator = Topic.fromTopicArn(this, 'Operator', alarmTopicArn);
      return;
    }
    const topic = this.topic('Alarms', `${title}: alarms`);
    this.operator = topic;
    if (alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(alarmEmail));
    else
      Annotations.of(this).addWarningV2(
        'quota-service:alarmRecipient',
        'No alarm has a recipient: set -c alarmEmail= or -c alarmTopicArn=, or subscribe to the topic in the output AlarmTopicsAlarmsArn.',
      );
  }

  /**
   * Not encrypted with `alias/aws/sns`: CloudWatch may not use that key, and its notifications would be lost
   * without an error. The texts of alarms name no user.
   */
  private topic(id: string, displayName: string): Topic {
    const topic = new Topic(this, id, { displayName, enforceSSL: true });
    // The policy that enforces TLS replaces the default one, which lets the account's services publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [
          new ServicePrincipal('cloudwatch.amazonaws.com'),
          new ServicePrincipal('budgets.amazonaws.com'),
        ],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    new CfnOutput(this, `${id}Arn`, { value: topic.topicArn });
    return topic;
  }
}
