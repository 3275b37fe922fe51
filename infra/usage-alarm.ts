import type { Construct } from 'constructs';
import { METRICS } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { serviceMetric } from './service-metric.ts';

/** Fires before users are denied: those who are active have used most of their limits. */
export function alarmOnHighUsage(scope: Construct): void {
  new RunbookAlarm(scope, 'HighUsageAlarm', {
    summary: 'For 5 minutes the users who consumed units had used over 90 % of their limit on average.',
    runbook: 'The service works. List the users (GET /v1/admin/top-users) and check whether their plans fit.',
    metric: serviceMetric(scope, METRICS.usagePercent, { statistic: 'avg' }),
    threshold: 90,
    audience: 'product',
  });
}
