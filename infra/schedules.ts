import { Duration, Stack, TimeZone, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { JOBS, type JobName, jobEntry, METRICS } from '../shared/contract.ts';
import { JOB_PLANS, type JobPlan } from './job-schedules.ts';
import { type FunctionSetting, QuotaFunction } from './quota-function.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

/** The next run does what is left; a start that comes later than this would only meet it. */
const RETRY_FOR = Duration.minutes(5);

export interface SchedulesProps {
  readonly setting: FunctionSetting;
}

/** The jobs of the contract with their clocks. */
export class Schedules extends Construct {
  readonly functions: Readonly<Record<JobName, QuotaFunction>>;
  private readonly setting: FunctionSetting;
  private readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    this.setting = props.setting;
    this.failedRuns = new Queue(this, 'FailedRuns', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.failedRuns).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead-letter queue: nobody consumes it but the operator whom its alarm called.',
    });
    new RunbookAlarm(this, 'FailedRunsAlarm', {
      says: 'A scheduled job could not be started, or failed in every attempt.',
      runbook:
        'The message in the FailedRuns queue names the function and the error. Users notice nothing: the next run does what this one left, but a report of a day is to be made up for. Delete the message when the cause is gone.',
      metric: this.failedRuns.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      threshold: 0,
    });
    const functions = JOBS.map((job) => [job, this.run(job, JOB_PLANS[job])] as const);
    this.functions = Object.fromEntries(functions) as Record<JobName, QuotaFunction>; // one for each of JOBS
  }

  private run(job: JobName, plan: JobPlan): QuotaFunction {
    const id = constructId(job);
    const handler = new QuotaFunction(this, id, {
      setting: this.setting,
      entry: jobEntry(job),
      timeout: plan.timeout,
      runsSeldom: true,
      statements: [this.maySendToFailedRuns()],
    });
    // The schedule's queue holds starts that failed, this one holds runs that failed: Lambda takes a
    // scheduled start into its own queue and answers at once.
    handler.configureAsyncInvoke({
      retryAttempts: 1,
      maxEventAge: plan.retryFor ?? RETRY_FOR,
      onFailure: { bind: () => ({ destination: this.failedRuns.queueArn }) },
    });
    const role = this.clockRole(id, job, handler);
    for (const [name, { at, options }] of Object.entries(plan.clocks)) {
      new Schedule(this, `${id}${constructId(name)}Schedule`, {
        scheduleName: `${Stack.of(this).stackName}-${job}-${name}`,
        schedule: typeof at === 'function' ? at(zoneOf(this.setting.reportTimeZone)) : at,
        description: plan.description,
        target: new LambdaInvoke(handler, {
          // The target would also grant every version and alias of the function.
          role: role.withoutPolicyUpdates(),
          input: ScheduleTargetInput.fromObject({ schedule: name, ...(options && { options }) }),
          deadLetterQueue: this.failedRuns,
          maxEventAge: plan.retryFor ?? RETRY_FOR,
          retryAttempts: 3,
        }),
      });
    }
    this.watch(id, job, plan);
    return handler;
  }

  private clockRole(id: string, job: JobName, handler: QuotaFunction): Role {
    return new Role(this, `${id}ScheduleRole`, {
      description: `Starts functions/${jobEntry(job)}.ts`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: {
        OwnWork: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [handler.functionArn] }),
            this.maySendToFailedRuns(),
          ],
        }),
      },
    });
  }

  private watch(id: string, job: JobName, { expected }: JobPlan): void {
    const runs = (outcome: string, period: Duration) =>
      new Metric({
        namespace: METRICS.namespace,
        metricName: METRICS.job.runs,
        dimensionsMap: { [METRICS.dimensions.job]: job, [METRICS.dimensions.outcome]: outcome },
        statistic: 'sum',
        period,
      });
    const look = `GET /v1/admin/jobs/${job}/runs says what became of its runs, the function's log why; POST /v1/admin/jobs/${job} starts one.`;
    new RunbookAlarm(this, `${id}FailedAlarm`, {
      section: 'job-failed',
      says: `A run of ${job} failed, or something in it.`,
      runbook: `${look} What failed is tried again by the next run.`,
      metric: runs('failed', Duration.minutes(5)),
      threshold: 0,
    });
    if (!expected) return;
    new RunbookAlarm(this, `${id}MissingAlarm`, {
      section: 'job-missing',
      says: `${job} did not run, or no run of it came to its end.`,
      runbook: `${look} No run at all: is its schedule enabled, and may it invoke the function?`,
      metric: runs('succeeded', expected.every),
      threshold: 1,
      evaluationPeriods: expected.missed,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  private maySendToFailedRuns(): PolicyStatement {
    return new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.failedRuns.queueArn] });
  }
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
