import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Entry } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

const PERIOD = Duration.minutes(5);
/** Longer than any run. Its figures come when it ends and bear the time of its start: in a short period they come too late. */
const PERIOD_OF_RUNS = Duration.hours(1);

export interface FunctionAlarmProps {
  readonly entry: Entry;
  /** What takes longer than this is slow. */
  readonly slow: Duration;
  /** Whether it is run now and then and not called all the time, so that one run has to be enough. */
  readonly runsSeldom: boolean;
}

/** The alarms that every function has: it fails, it is held back, it is slow. */
export function alarmOnFunction(
  handler: LambdaFunction,
  { entry, slow, runsSeldom }: FunctionAlarmProps,
): void {
  const period = runsSeldom ? PERIOD_OF_RUNS : PERIOD;
  new RunbookAlarm(handler, 'ErrorsAlarm', {
    section: 'function-errors',
    says: `functions/${entry}.ts fails: it threw, ran out of time or could not start.`,
    runbook: 'Expected outcomes are no errors, so each is a fault: its log group has the line.',
    metric: handler.metricErrors({ period }),
    threshold: 0,
  });
  new RunbookAlarm(handler, 'ThrottlesAlarm', {
    section: 'function-throttles',
    says: `functions/${entry}.ts was held back by Lambda's concurrency limit.`,
    runbook: 'Look at the concurrency of the account and ask AWS for more, or find who floods.',
    metric: handler.metricThrottles({ period: PERIOD }),
    threshold: 0,
  });
  new RunbookAlarm(handler, 'SlowAlarm', {
    section: 'function-slow',
    says: `${runsSeldom ? 'A run' : 'One call in a hundred'} of functions/${entry}.ts takes longer than ${slow.toSeconds()} s.`,
    runbook: 'Compare with the latency of DynamoDB, Redis and Stripe on the dashboard.',
    metric: handler.metricDuration({ statistic: 'p99', period }),
    threshold: slow.toMilliseconds(),
    evaluationPeriods: runsSeldom ? 1 : 3,
  });
}
