import { type Alarm, AlarmRule, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { runbookDescription } from './runbook-alarm.ts';

/** One alarm on top of those that mean wrong or late answers to callers. */
export function alarmOnAffectedCallers(scope: Construct, alarms: readonly Alarm[]): CompositeAlarm {
  return new CompositeAlarm(scope, 'CallersAffectedAlarm', {
    alarmRule: AlarmRule.anyOf(...alarms),
    alarmDescription: runbookDescription(
      {
        summary: 'Callers receive server errors, late answers or throttles.',
        runbook: 'Another alarm names the component: see the first row of the dashboard.',
      },
      'callers-affected',
    ),
  });
}
