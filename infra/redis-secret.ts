import { CfnOutput, Validations } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { METRICS } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { cacheMetric, serviceMetric } from './service-metric.ts';

/** In five minutes; with fewer, the rate is left alone. */
const FEWEST_CHECKS = 500;

/**
 * Where Redis is: JSON `{"url": "https://…upstash.io", "token": "…"}`. A deployment starts with an empty `url`, which says
 * that there is none: everything works then, checks read the table. Put Upstash's figures in to have the caches; functions
 * take them up within a minute.
 */
export class RedisAddress extends Construct {
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
    });
    this.secret = secret;
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Upstash issues the token; whoever rotates it there puts the new one here.',
    });
    new CfnOutput(this, 'SecretArn', {
      value: secret.secretArn,
      description: 'aws secretsmanager put-secret-value --secret-id <this>',
    });
    this.alarmWhenCold();
    this.alarmWhenLocksAreSlow();
  }

  private alarmWhenCold(): void {
    const count = (name: string) => cacheMetric(name, 'quota');
    const { l1Hits, l2Hits, misses } = METRICS.cache;
    new RunbookAlarm(this, 'CacheHitRateAlarm', {
      says: 'For 10 minutes fewer than 70 % of the checks were answered from the caches.',
      runbook: 'Answers are right, checks read the table. See whether Redis is up, full, or evicting.',
      metric: new MathExpression({
        label: 'misses, percent',
        // A handful of checks says nothing about the cache.
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
      evaluationPeriods: 2,
    });
  }

  private alarmWhenLocksAreSlow(): void {
    new RunbookAlarm(this, 'LockTimeoutAlarm', {
      says: 'Work that wanted a lock waited in vain.',
      runbook:
        'Nothing is wrong with any balance. The log line names the resource; look who holds it for so long.',
      metric: serviceMetric(METRICS.lock.timed_out),
      threshold: 5,
    });
  }
}
