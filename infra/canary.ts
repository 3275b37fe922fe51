import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ENTRIES, ENV, METRICS } from '../shared/contract.ts';
import type { FunctionContext } from './function-context.ts';
import { QuotaFunction } from './quota-function.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { schedulerRole } from './scheduler-role.ts';
import { serviceMetric } from './service-metric.ts';

/** Between two runs. CloudWatch judges periods of this length. */
const EVERY = Duration.minutes(5);
/** Two calls of at most 8 s each, and the secret. */
const TIMEOUT = Duration.seconds(25);

export interface CanaryProps {
  readonly context: FunctionContext;
  /** Public URL of the API. */
  readonly url: string;
}

/**
 * A function that calls the API as a caller does, every five minutes, and an alarm on its failures: a
 * deployment without traffic shows that it works.
 */
export class Canary extends Construct {
  /** JSON `{"canaryKey": "..."}`; the seed stores the key. */
  readonly secret: Secret;
  readonly alarm: RunbookAlarm;

  constructor(scope: Construct, id: string, { context, url }: CanaryProps) {
    super(scope, id);
    this.secret = this.keySecret();
    const handler = new QuotaFunction(this, 'Function', {
      context,
      entry: ENTRIES.canary,
      timeout: TIMEOUT,
      isWatched: true,
      environment: { [ENV.canarySecretArn]: this.secret.secretArn, [ENV.apiUrl]: url },
      statements: [
        new PolicyStatement({
          actions: ['secretsmanager:GetSecretValue'],
          resources: [this.secret.secretArn],
        }),
      ],
    });
    // A late or repeated run would measure nothing: the next one is minutes away.
    handler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    new Schedule(this, 'Schedule', {
      scheduleName: `${Stack.of(this).stackName}-canary`,
      schedule: ScheduleExpression.rate(EVERY),
      description: 'Calls the API as a caller does',
      target: new LambdaInvoke(handler, {
        // The target would also grant every version and alias of the function.
        role: schedulerRole(this, 'ScheduleRole', { entry: ENTRIES.canary, handler }).withoutPolicyUpdates(),
        maxEventAge: Duration.minutes(1),
        retryAttempts: 0,
      }),
    });
    this.alarm = this.alarmWhenFailing();
  }

  private keySecret(): Secret {
    const secret = new Secret(this, 'Secret', {
      description: "API key of the quota service's canary",
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'canaryKey',
        passwordLength: 48,
        // The key travels in an HTTP header.
        excludePunctuation: true,
      },
      // A new secret gets a new key at the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The key may only consume units of the canary user, which cost nothing and count nowhere.',
    });
    return secret;
  }

  private alarmWhenFailing(): RunbookAlarm {
    return new RunbookAlarm(this, 'FailedAlarm', {
      section: 'canary',
      summary: 'In two of three periods of five minutes the canary did not succeed, or it no longer runs.',
      runbook: 'The log line "canary failed" of its function names the step and the reason.',
      metric: serviceMetric(this, METRICS.canary.succeeded, { period: EVERY }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      // As for the jobs: missing data that breaches would raise the alarm of a new deployment.
      treatMissingData: TreatMissingData.MISSING,
      notifiesWithoutData: true,
    });
  }
}
