import { Duration, type TimeZone } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { JobName } from '../shared/contract.ts';

export interface ScheduleRule {
  /** A function for a time of day in the deployment's report time zone. */
  readonly at: ScheduleExpression | ((reportTimeZone: TimeZone) => ScheduleExpression);
  /**
   * Options of the runs it starts, as in `POST /v1/admin/jobs/{name}`.
   * @default - none: all users
   */
  readonly options?: object;
}

export interface JobSchedule {
  readonly description: string;
  readonly timeout: Duration;
  /** Its rules, by the names that the records of their runs carry. */
  readonly rules: Readonly<Record<string, ScheduleRule>>;
  /**
   * How long after its due time a run may still be retried.
   * @default Duration.minutes(5): the next run, within the hour, does the rest
   */
  readonly retryFor?: Duration;
  /**
   * A run succeeds or is cut short in every period of this length; an alarm fires after `missed` periods
   * without one.
   * @default - none: it runs on request
   */
  readonly expected?: { readonly every: Duration; readonly missed: number };
}

const { cron, rate } = ScheduleExpression;
/** Lambda's longest. A run that is cut short is continued by the next one. */
const LONGEST = Duration.minutes(15);

/**
 * When each job runs. Jobs only clean up or notify: late, doubled or dead, they change no answer. Times
 * without a zone are UTC.
 */
export const JOB_SCHEDULES: Readonly<Record<JobName, JobSchedule>> = {
  'quota-reset': {
    description: 'Closes periods, holds and grace times that are due in idle accounts',
    timeout: LONGEST,
    rules: {
      daily: { at: cron({ minute: '5', hour: '0' }) },
      monthly: { at: cron({ minute: '10', hour: '0', day: '1' }) },
      // Days of other time zones begin at other hours, and holds expire at any time.
      sweep: { at: rate(Duration.minutes(5)) },
    },
    // Two sweeps, and the longest run that may delay them.
    expected: { every: Duration.minutes(5), missed: 5 },
  },
  'subscription-sync': {
    description: "Finds what Stripe's webhooks missed: by its events hourly, by a full walk once a day",
    timeout: LONGEST,
    rules: {
      hourly: { at: cron({ minute: '7' }) },
      // The next hourly run makes up for a skipped walk.
      daily: { at: cron({ minute: '37', hour: '3' }), options: { force: true } },
    },
    expected: { every: Duration.hours(1), missed: 2 },
  },
  'quota-monitor': {
    description:
      'Finds alerts that the stream missed, retries pending notifications, detects anomalies and forecasts',
    timeout: LONGEST,
    rules: { hourly: { at: cron({ minute: '17' }) } },
    expected: { every: Duration.hours(1), missed: 2 },
  },
  'usage-report': {
    description: "Stores yesterday's usage report and publishes its headline",
    timeout: LONGEST,
    // By then CloudWatch has the calls that were denied before midnight.
    rules: { daily: { at: (timeZone) => cron({ minute: '0', hour: '8', timeZone }) } },
    // Tomorrow's run reports on another day. A run may fail after 15 minutes, and is retried a minute later.
    retryFor: Duration.hours(1),
    expected: { every: Duration.days(1), missed: 2 },
  },
  'plan-rollout': {
    description: "Moves every account of a plan to the plan's newest version",
    timeout: LONGEST,
    rules: {},
    retryFor: Duration.hours(1),
  },
  'ledger-audit': {
    description: 'Compares every account with its ledger',
    timeout: LONGEST,
    // The next day's run continues one that was cut short.
    rules: { daily: { at: cron({ minute: '20', hour: '2' }) } },
    retryFor: Duration.hours(1),
    // CloudWatch evaluates at most a week.
    expected: { every: Duration.days(1), missed: 7 },
  },
  'history-archive': {
    description: 'Archives ledger entries and usage that are older than the retention',
    timeout: LONGEST,
    // Most runs have nothing to do: a walk begins once a week, and each run continues one that was cut short.
    rules: { hourly: { at: cron({ minute: '47' }) } },
    expected: { every: Duration.hours(1), missed: 3 },
  },
};
