import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Entry } from '../shared/contract.ts';
import { RunbookAlarm, type RunbookAlarmProps } from './runbook-alarm.ts';

const PERIOD = Duration.minutes(5);
/**
 * Longer than any run. Lambda publishes a run's metrics at its end, dated to its start: a shorter period
 * would miss them.
 */
const PERIOD_OF_RUNS = Duration.hours(1);

export type ErrorsAlarmText = Required<Pick<RunbookAlarmProps, 'section' | 'summary' | 'runbook'>>;

export interface FunctionAlarmProps {
  readonly entry: Entry;
  /** Durations above this are slow. */
  readonly slow: Duration;
  /**
   * Whether it runs hours apart: one failed run is enough for an alarm, and a run may take all of its time.
   * @default false
   */
  readonly runsSeldom?: boolean;
  /** @default - that of any function */
  readonly errorsAlarm?: ErrorsAlarmText;
}

/**
 * The alarms of one function: it fails, or it is slow while callers wait.
 *
 * @returns the one on failures
 */
export function alarmOnFunction(
  handler: LambdaFunction,
  { entry, slow, runsSeldom = false, errorsAlarm }: FunctionAlarmProps,
): RunbookAlarm {
  const period = runsSeldom ? PERIOD_OF_RUNS : PERIOD;
  const errors = new RunbookAlarm(handler, 'ErrorsAlarm', {
    ...(errorsAlarm ?? {
      section: 'function-errors',
      summary: `functions/${entry}.ts failed: it threw, timed out or could not start.`,
      runbook:
        'Bad input, denials and outages are answers, so this is a fault: see the log group of the function.',
    }),
    metric: handler.metricErrors({ period }),
    threshold: 0,
  });
  if (runsSeldom) return errors;
  new RunbookAlarm(handler, 'SlowAlarm', {
    section: 'function-slow',
    summary: `One call in a hundred of functions/${entry}.ts took longer than ${slow.toSeconds()} s.`,
    runbook: 'Compare with the latency of DynamoDB, Redis and Stripe on the dashboard.',
    metric: handler.metricDuration({ statistic: 'p99', period }),
    threshold: slow.toMilliseconds(),
    evaluationPeriods: 3,
  });
  return errors;
}

/**
 * One alarm for all functions of the account: they share its concurrency, so a throttled one throttles the
 * others.
 */
export function alarmOnThrottles(scope: Construct): RunbookAlarm {
  return new RunbookAlarm(scope, 'FunctionThrottlesAlarm', {
    summary: "Lambda throttled a function of this account and region: the account's concurrency is used up.",
    runbook: 'Request a higher concurrency limit, or find the caller that floods the API.',
    metric: new Metric({
      namespace: 'AWS/Lambda',
      metricName: 'Throttles',
      statistic: 'sum',
      period: PERIOD,
    }),
    threshold: 0,
  });
}
