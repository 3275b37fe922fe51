import { expect, test } from 'vitest';
import { JOB_OPTIONS } from '../../functions/http/requests/job-options.ts';
import { JOB_SCHEDULES } from '../../infra/job-schedules.ts';
import { JOBS, type JobName, jobEntry, METRICS } from '../../shared/contract.ts';
import { type Resource, synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize();
const ofJobs = ({ Properties }: Resource) => !JSON.stringify(Properties).includes('Canary');
const schedules = resources('AWS::Scheduler::Schedule').filter(ofJobs);
const [queue] = resources('AWS::SQS::Queue');

test('every job has its schedules, or runs on request only; records of runs carry their names', () => {
  const clock = (job: JobName, schedule: string, expression: string, options?: object) => ({
    Name: `QuotaService-${job}-${schedule}`,
    State: 'ENABLED',
    ScheduleExpression: expression,
    ScheduleExpressionTimezone: 'Etc/UTC',
    Target: {
      Arn: { 'Fn::GetAtt': [functionOf(jobEntry(job)).id, 'Arn'] },
      Input: JSON.stringify({ schedule, ...(options && { options }) }),
    },
  });
  expect(schedules.map(({ Properties }) => Properties)).toMatchObject([
    clock('quota-reset', 'daily', 'cron(5 0 * * ? *)'),
    clock('quota-reset', 'monthly', 'cron(10 0 1 * ? *)'),
    clock('quota-reset', 'sweep', 'rate(5 minutes)'),
    clock('subscription-sync', 'hourly', 'cron(7 * * * ? *)'),
    clock('subscription-sync', 'daily', 'cron(37 3 * * ? *)', { force: true }),
    clock('quota-monitor', 'hourly', 'cron(17 * * * ? *)'),
    clock('usage-report', 'daily', 'cron(0 8 * * ? *)'),
    clock('ledger-audit', 'daily', 'cron(20 2 * * ? *)'),
    clock('history-archive', 'hourly', 'cron(47 * * * ? *)'),
  ]);
});

test('the options of the schedules are valid for their jobs', () => {
  for (const job of JOBS) {
    for (const { options = {} } of Object.values(JOB_SCHEDULES[job].rules)) {
      expect(JOB_OPTIONS[job].safeParse(options).success, job).toBe(true);
    }
  }
});

test('a failed start is retried, then kept', () => {
  for (const { id, Properties } of schedules) {
    expect(Properties.Target.RetryPolicy.MaximumRetryAttempts, id).toBeGreaterThan(0);
    expect(Properties.Target.DeadLetterConfig.Arn, id).toEqual({ 'Fn::GetAtt': [queue?.id, 'Arn'] });
  }
});

test('a failed run is retried, then kept', () => {
  const configs = resources('AWS::Lambda::EventInvokeConfig').filter(ofJobs);
  expect(configs).toHaveLength(JOBS.length);
  for (const { id, Properties } of configs) {
    expect(Properties.MaximumRetryAttempts, id).toBeGreaterThan(0);
    expect(Properties.DestinationConfig.OnFailure.Destination, id).toEqual({
      'Fn::GetAtt': [queue?.id, 'Arn'],
    });
  }
});

test('a run that times out is retried, unless a schedule makes up for it within the hour', () => {
  const isHourly = (job: JobName) => (JOB_SCHEDULES[job].expected?.every.toSeconds() ?? Infinity) <= 3_600;
  const seldom = JOBS.filter((job) => !isHourly(job));
  expect(seldom).toEqual(['usage-report', 'plan-rollout', 'ledger-audit']);
  for (const job of seldom) {
    const [config, ...others] = resources('AWS::Lambda::EventInvokeConfig').filter(
      ({ Properties }) => Properties.FunctionName.Ref === functionOf(jobEntry(job)).id,
    );
    expect(others).toEqual([]);
    const { Timeout } = functionOf(jobEntry(job)).Properties;
    // Lambda waits a minute before the second try, and longer where it is held back.
    expect(config?.Properties.MaximumEventAgeInSeconds, job).toBeGreaterThanOrEqual(2 * Timeout);
    for (const { Properties } of schedules.filter(({ Properties }) => Properties.Name.includes(job)))
      expect(Properties.Target.RetryPolicy.MaximumEventAgeInSeconds, job).toBe(3_600);
  }
});

test('a schedule may start its own function and nothing else', () => {
  for (const { id, Properties } of schedules) {
    const role = resources('AWS::IAM::Role').find(
      (candidate) => candidate.id === Properties.Target.RoleArn['Fn::GetAtt'][0],
    );
    const [policy] = role?.Properties.Policies ?? [];
    expect(policy.PolicyDocument.Statement, id).toMatchObject([
      { Action: 'lambda:InvokeFunction', Resource: Properties.Target.Arn },
      { Action: 'sqs:SendMessage', Resource: Properties.Target.DeadLetterConfig.Arn },
    ]);
  }
});

test('a failed run raises an alarm that names its job, and a kept run raises one', () => {
  const alarms = resources('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
  expect(alarms.filter(({ Namespace }) => Namespace === 'AWS/SQS')).toHaveLength(1);
  for (const job of JOBS) {
    const dimension = { Name: 'FunctionName', Value: { Ref: functionOf(jobEntry(job)).id } };
    const ofErrors = alarms.filter(
      ({ MetricName, Dimensions }) =>
        MetricName === 'Errors' && JSON.stringify(Dimensions) === JSON.stringify([dimension]),
    );
    // A run in which something failed throws: see `jobHandler`.
    expect(ofErrors, job).toMatchObject([{ Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' }]);
    expect(ofErrors[0]?.AlarmDescription, job).toContain(`A run of ${job} failed`);
  }
});

test('every scheduled job has an alarm on its runs, over two intervals or more', () => {
  const alive = resources('AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties)
    .filter(({ MetricName }) => MetricName === METRICS.job.alive);
  const scheduled = JOBS.filter((job) => JOB_SCHEDULES[job].expected);
  expect(alive.map(({ Dimensions }) => Dimensions)).toEqual(
    scheduled.map((job) => [{ Name: METRICS.dimensions.job, Value: job }]),
  );
  for (const { EvaluationPeriods, Period } of alive) {
    expect(EvaluationPeriods).toBeGreaterThan(1);
    // CloudWatch evaluates a week at most.
    expect(EvaluationPeriods * Period).toBeLessThanOrEqual(7 * 86_400);
  }
});

test('the function that starts jobs may invoke their functions and no other', () => {
  const role = resources('AWS::IAM::Role').find(
    ({ id }) => id === functionOf('admin/handler').Properties.Role['Fn::GetAtt'][0],
  );
  const invokes = role?.Properties.Policies[0].PolicyDocument.Statement.filter(
    ({ Action }: { Action: string }) => Action === 'lambda:InvokeFunction',
  );
  expect(invokes).toMatchObject([
    { Resource: [...JOBS].sort().map((job) => ({ 'Fn::GetAtt': [functionOf(jobEntry(job)).id, 'Arn'] })) },
  ]);
});
