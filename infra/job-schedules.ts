import { Duration, type TimeZone } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { JobName } from '../shared/contract.ts';

export interface JobClock {
  /** A function: at a time of the day in the deployment's time zone for reports. */
  readonly at: ScheduleExpression | ((reportTimeZone: TimeZone) => ScheduleExpression);
  /**
   * Options of its runs, as `POST /v1/admin/jobs/{name}` takes them.
   * @default - none: all users
   */
  readonly options?: object;
}

export interface JobPlan {
  readonly description: string;
  readonly timeout: Duration;
  /** Its schedules, by names that stand in the records of the runs they start. */
  readonly clocks: Readonly<Record<string, JobClock>>;
  /**
   * How long after it was due a run may still be tried again.
   * @default Duration.minutes(5): the next run, within the hour, does what this one left
   */
  readonly retryFor?: Duration;
  /**
   * A run should succeed in every period of this length; an alarm goes off after `missed` of them without.
   * @default - none: it runs on request
   */
  readonly expected?: { readonly every: Duration; readonly missed: number };
}

const { cron, rate } = ScheduleExpression;
/** As long as Lambda lets it: what is left is gone on with by the next run. */
const LONGEST = Duration.minutes(15);

/** When each job runs. All of them only tidy up or tell: late, doubled or dead, they change no answer. Times without a zone are UTC. */
export const JOB_PLANS: Readonly<Record<JobName, JobPlan>> = {
  'quota-reset': {
    description: 'Closes periods, holds and grace times that are due in accounts nobody uses',
    timeout: LONGEST,
    clocks: {
      daily: { at: cron({ minute: '5', hour: '0' }) },
      monthly: { at: cron({ minute: '10', hour: '0', day: '1' }) },
      // Days begin at another hour elsewhere, and holds expire at any.
      sweep: { at: rate(Duration.minutes(5)) },
    },
    // Two sweeps, and the longest run that may keep them from beginning.
    expected: { every: Duration.minutes(5), missed: 5 },
  },
  'subscription-sync': {
    description: "Finds what Stripe's webhooks missed: by its events hourly, by a full walk once a day",
    timeout: LONGEST,
    clocks: {
      hourly: { at: cron({ minute: '7' }) },
      // A walk that was skipped is made up for by the next hourly run.
      daily: { at: cron({ minute: '37', hour: '3' }), options: { force: true } },
    },
    expected: { every: Duration.hours(1), missed: 2 },
  },
  'quota-monitor': {
    description:
      'Finds alerts that the stream missed, tells what was left untold, looks for anomalies and forecasts',
    timeout: LONGEST,
    clocks: { hourly: { at: cron({ minute: '17' }) } },
    expected: { every: Duration.hours(1), missed: 2 },
  },
  'usage-report': {
    description: "Keeps yesterday's usage report and tells its headline",
    timeout: LONGEST,
    // By then CloudWatch has the calls that were denied before midnight.
    clocks: { daily: { at: (timeZone) => cron({ minute: '0', hour: '8', timeZone }) } },
    // Tomorrow's run reports on another day. A run may fail after a quarter of an hour, and is tried again a minute later.
    retryFor: Duration.hours(1),
    expected: { every: Duration.days(1), missed: 2 },
  },
  'plan-rollout': {
    description: "Moves every account of a plan to the plan's newest version",
    timeout: LONGEST,
    clocks: {},
    retryFor: Duration.hours(1),
  },
  'ledger-audit': {
    description: 'Compares every account with its ledger',
    timeout: LONGEST,
    // A run that has no time for all accounts is continued by the one of the next day.
    clocks: { daily: { at: cron({ minute: '20', hour: '2' }) } },
    retryFor: Duration.hours(1),
    // As long as CloudWatch looks back.
    expected: { every: Duration.days(1), missed: 7 },
  },
};
