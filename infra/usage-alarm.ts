import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { METRICS } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { serviceMetric } from './service-metric.ts';

/** Tells when users are about to be refused: those who use the service now have used most of what they may. */
export function alarmOnHighUsage(scope: Construct): void {
  new RunbookAlarm(scope, 'HighUsageAlarm', {
    says: 'For 5 minutes units have gone to users who had, on average, used over 90 % of their limit.',
    runbook: 'Nothing is broken. Look who they are (GET /v1/admin/top-users) and whether their plans fit.',
    metric: serviceMetric(METRICS.usagePercent, { statistic: 'avg', period: Duration.minutes(1) }),
    threshold: 90,
    evaluationPeriods: 5,
  });
}
