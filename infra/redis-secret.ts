import { CfnOutput, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { METRICS } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { cacheMetric, serviceMetric } from './service-metric.ts';

/** Checks in five minutes below which the hit rate raises no alarm. */
const FEWEST_CHECKS = 500;

/**
 * The address of Redis: JSON `{"url": "https://…upstash.io", "token": "…"}`. A new deployment has an empty
 * `url`, which means no Redis: everything works, and checks read the table. Store Upstash's values to enable
 * the caches; functions read them within 15 minutes.
 */
export class RedisSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: 'Address of the Redis that the quota service caches in, as Upstash shows it',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ url: '' }),
        generateStringKey: 'token',
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.secret = secret;
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Upstash issues the token; an operator who rotates it there stores the new one here.',
    });
    new CfnOutput(this, 'SecretArn', {
      value: secret.secretArn,
      description: 'aws secretsmanager put-secret-value --secret-id <this>',
    });
    this.alarmWhenCold();
    this.alarmWhenLocksAreSlow();
  }

  private alarmWhenCold(): void {
    const count = (name: string) => cacheMetric(this, name, 'quota');
    const { l1Hits, l2Hits, misses } = METRICS.cache;
    new RunbookAlarm(this, 'CacheHitRateAlarm', {
      summary: 'For 10 minutes the caches answered fewer than 70 % of the checks.',
      runbook:
        'Answers are correct, and checks read the table. Check whether Redis is up, full, or evicting.',
      metric: new MathExpression({
        label: 'misses, percent',
        // A few checks are no measure of the cache.
        expression: `IF(all > ${FEWEST_CHECKS}, 100 * FILL(misses, 0) / all, 0)`,
        usingMetrics: {
          misses: count(misses),
          all: new MathExpression({
            expression: 'FILL(l1, 0) + FILL(l2, 0) + FILL(missed, 0)',
            usingMetrics: { l1: count(l1Hits), l2: count(l2Hits), missed: count(misses) },
          }),
        },
      }),
      threshold: 30,
      // Two more periods: a filled metric that arrives late is 0 in the newest one.
      evaluationPeriods: 4,
      datapointsToAlarm: 2,
    });
  }

  private alarmWhenLocksAreSlow(): void {
    new RunbookAlarm(this, 'LockTimeoutAlarm', {
      summary: 'Work timed out waiting for a lock.',
      runbook: 'No balance depends on a lock. The log line names the resource; find the run that holds it.',
      metric: serviceMetric(this, METRICS.lock.timed_out),
      threshold: 5,
    });
  }
}
