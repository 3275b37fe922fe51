import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { serviceMetric } from './service-metric.ts';

/** Days after which the first admin key should have been replaced. */
const MOST_DAYS = 30;

/** Reminds the operator while the first admin key, which does not expire, is still in use. */
export function alarmOnFirstAdminKey(scope: Construct): void {
  new RunbookAlarm(scope, 'FirstAdminKeyAlarm', {
    summary: `The first admin key was used ${MOST_DAYS} days or more after it was created. It does not expire and may do everything.`,
    runbook:
      'Create a key for each use (POST /v1/admin/api-keys, or npm run admin-key with AWS credentials), then revoke the first one (DELETE /v1/admin/api-keys/{keyId}, or npm run admin-key with --revoke-first).',
    metric: serviceMetric(scope, METRICS.keys.firstAdminKeyAgeDays, {
      statistic: 'max',
      period: Duration.days(1),
    }),
    threshold: MOST_DAYS,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  });
}
