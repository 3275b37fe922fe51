import { Duration, Stack, TimeZone, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { JOBS, type JobName, jobEntry, METRICS, STANDARD_JOBS } from '../shared/contract.ts';
import type { FunctionContext } from './function-context.ts';
import { JOB_SCHEDULES, type JobSchedule } from './job-schedules.ts';
import { QuotaFunction } from './quota-function.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { schedulerRole } from './scheduler-role.ts';
import { metricsNamespace } from './service-metric.ts';

/** A start later than this would overlap the next run, which does the rest. */
const RETRY_FOR = Duration.minutes(5);

export interface SchedulesProps {
  readonly context: FunctionContext;
}

/** The jobs that the settings call for, with their schedules. */
export class Schedules extends Construct {
  readonly functions: Readonly<Partial<Record<JobName, QuotaFunction>>>;
  private readonly context: FunctionContext;
  private readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    this.context = props.context;
    this.failedRuns = new Queue(this, 'FailedRuns', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.failedRuns).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead-letter queue: only the operator reads it, after its alarm.',
    });
    new RunbookAlarm(this, 'FailedRunsAlarm', {
      summary: 'A scheduled job could not be started, or failed in every attempt.',
      runbook:
        'The message in the FailedRuns queue names the function and the error. Users are not affected, and the next run does the rest; only a daily report must be requested again. Delete the message once the cause is fixed.',
      metric: this.failedRuns.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      threshold: 0,
    });
    const { archiveBucket } = this.context;
    const jobs = archiveBucket ? JOBS : STANDARD_JOBS;
    this.functions = Object.fromEntries(jobs.map((job) => [job, this.run(job, JOB_SCHEDULES[job])]));
  }

  private run(job: JobName, schedule: JobSchedule): QuotaFunction {
    const id = constructId(job);
    const handler = new QuotaFunction(this, id, {
      context: this.context,
      entry: jobEntry(job),
      timeout: schedule.timeout,
      runsSeldom: true,
      errorsAlarm: {
        section: 'job-failed',
        summary: `A run of ${job} failed, timed out or could not start.`,
        runbook: `${inspect(job)} The next run retries what failed.`,
      },
      statements: [this.maySendToFailedRuns()],
    });
    // The schedule's destination receives failed starts, this one failed runs: Lambda queues a scheduled
    // start and answers at once.
    handler.configureAsyncInvoke({
      retryAttempts: 1,
      maxEventAge: schedule.retryFor ?? RETRY_FOR,
      onFailure: { bind: () => ({ destination: this.failedRuns.queueArn }) },
    });
    const role = schedulerRole(this, `${id}ScheduleRole`, {
      entry: jobEntry(job),
      handler,
      statements: [this.maySendToFailedRuns()],
    });
    for (const [name, { at, options }] of Object.entries(schedule.rules)) {
      new Schedule(this, `${id}${constructId(name)}Schedule`, {
        scheduleName: `${Stack.of(this).stackName}-${job}-${name}`,
        schedule: typeof at === 'function' ? at(zoneOf(this.context.reportTimeZone)) : at,
        description: schedule.description,
        target: new LambdaInvoke(handler, {
          // The target would also grant every version and alias of the function.
          role: role.withoutPolicyUpdates(),
          input: ScheduleTargetInput.fromObject({ schedule: name, ...(options && { options }) }),
          deadLetterQueue: this.failedRuns,
          maxEventAge: schedule.retryFor ?? RETRY_FOR,
          retryAttempts: 3,
        }),
      });
    }
    this.alarmWhenMissing(id, job, schedule);
    return handler;
  }

  private alarmWhenMissing(id: string, job: JobName, { expected }: JobSchedule): void {
    if (!expected) return;
    new RunbookAlarm(this, `${id}MissingAlarm`, {
      section: 'job-missing',
      summary: `No run of ${job} completed or advanced in time.`,
      runbook: `${inspect(job)} Without any run, check that its schedule is enabled and may invoke the function.`,
      metric: new Metric({
        namespace: metricsNamespace(this),
        metricName: METRICS.job.alive,
        dimensionsMap: { [METRICS.dimensions.job]: job },
        statistic: 'sum',
        period: expected.every,
      }),
      threshold: 1,
      evaluationPeriods: expected.missed,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      // Failed runs breach; without any run the data ends, which notifies too. Missing data that breaches
      // would raise the alarm of a new deployment before the first run; the seed publishes the first data
      // point.
      treatMissingData: TreatMissingData.MISSING,
      notifiesWithoutData: true,
    });
  }

  private maySendToFailedRuns(): PolicyStatement {
    return new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.failedRuns.queueArn] });
  }
}

/** First step of the operator for any alarm on a job. */
function inspect(job: JobName): string {
  return `GET /v1/admin/jobs/${job}/runs lists its runs and their errors, the log of the function has the cause, and POST /v1/admin/jobs/${job} starts a run.`;
}

/** `quota-reset` → `QuotaReset` */
function constructId(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function zoneOf(name: string): TimeZone {
  return name === 'UTC' ? TimeZone.ETC_UTC : TimeZone.of(name);
}
