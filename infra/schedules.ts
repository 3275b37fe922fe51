import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENTRIES, type Entry } from '../shared/contract.ts';
import { type FunctionSetting, QuotaFunction } from './quota-function.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface SchedulesProps {
  readonly setting: FunctionSetting;
}

interface Job {
  readonly entry: Entry;
  readonly schedule: ScheduleExpression;
  readonly timeout: Duration;
  readonly description: string;
}

/** The clocks. Jobs only tidy up: late, doubled or dead, they change no answer. */
export class Schedules extends Construct {
  private readonly setting: FunctionSetting;
  private readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    this.setting = props.setting;
    this.failedRuns = new Queue(this, 'FailedRuns', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.failedRuns).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead-letter queue: nobody consumes it but the operator whom its alarm called.',
    });
    new RunbookAlarm(this, 'FailedRunsAlarm', {
      says: 'A scheduled job could not be started, or failed in every attempt.',
      runbook:
        'The message in the FailedRuns queue names the function and the error. Users notice nothing: the next run does what this one left. Delete the message when the cause is gone.',
      metric: this.failedRuns.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      threshold: 0,
    });

    this.run('QuotaReset', {
      entry: ENTRIES.quotaReset,
      schedule: ScheduleExpression.rate(Duration.minutes(5)),
      // Ends before the next sweep starts, which takes up what is left.
      timeout: Duration.minutes(4),
      description: 'Closes periods, holds and grace times that are due in accounts nobody uses',
    });
    this.run('SubscriptionSync', {
      entry: ENTRIES.subscriptionSync,
      schedule: ScheduleExpression.rate(Duration.hours(1)),
      // As long as Lambda lets it: a walk through all subscriptions goes on in the next run where this one ended.
      timeout: Duration.minutes(15),
      description: "Finds what Stripe's webhooks missed: by its events hourly, by a full walk once a day",
    });
  }

  private run(id: string, job: Job): void {
    const handler = new QuotaFunction(this, id, {
      setting: this.setting,
      entry: job.entry,
      timeout: job.timeout,
      statements: [this.maySendToFailedRuns()],
    });
    // The schedule's queue holds starts that failed, this one holds runs that failed: Lambda takes a
    // scheduled start into its own queue and answers at once.
    handler.configureAsyncInvoke({
      retryAttempts: 1,
      maxEventAge: Duration.minutes(5),
      onFailure: { bind: () => ({ destination: this.failedRuns.queueArn }) },
    });
    const role = new Role(this, `${id}ScheduleRole`, {
      description: `Starts functions/${job.entry}.ts`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: {
        OwnWork: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [handler.functionArn] }),
            this.maySendToFailedRuns(),
          ],
        }),
      },
    });
    new Schedule(this, `${id}Schedule`, {
      schedule: job.schedule,
      description: job.description,
      target: new LambdaInvoke(handler, {
        // The target would also grant every version and alias of the function.
        role: role.withoutPolicyUpdates(),
        deadLetterQueue: this.failedRuns,
        maxEventAge: Duration.minutes(5),
        retryAttempts: 3,
      }),
    });
  }

  private maySendToFailedRuns(): PolicyStatement {
    return new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.failedRuns.queueArn] });
  }
}
