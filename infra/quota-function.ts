import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { ENV, type Entry, INDEX, type JobName, METRICS } from '../shared/contract.ts';
import { alarmOnFunction } from './function-alarms.ts';
import { PERMISSIONS } from './permissions.ts';
import type { LogLevel } from './settings.ts';

/** What all functions of one stack have in common. */
export interface FunctionSetting {
  /** Folder with `<entry>/index.mjs`, written by `bundleFunctions`. */
  readonly bundleDirectory: string;
  readonly table: Table;
  /** Says where Redis is. */
  readonly redisSecret: Secret;
  /** Has the keys of the Stripe account. */
  readonly stripeSecret: Secret;
  /** Where customers may be sent back to from Stripe's pages. */
  /** IANA time zone in which days of usage and reports begin. */
  readonly reportTimeZone: string;
  readonly allowedOrigins: readonly string[];
  /** Hears what happened. */
  readonly eventBus: EventBus;
  /** Keeps reports. */
  readonly reportBucket: Bucket;
  /** Takes notices to people. */
  readonly alertTopic: Topic;
  /** The functions of the jobs, for those that start them. */
  readonly jobs?: Readonly<Record<JobName, LambdaFunction>>;
  readonly defaultPlanId: string;
  /** Most units of one operation. */
  readonly maxAmount: number;
  readonly logLevel: LogLevel;
}

export interface QuotaFunctionProps {
  readonly setting: FunctionSetting;
  /** Path below `functions/`, without `.ts`. */
  readonly entry: Entry;
  /**
   * @default Duration.seconds(6), above the 2 s budget of an ambiguous write and below a caller's patience; 20 for what
   * waits for Stripe, which is as long as Stripe waits for a webhook; 28 for reports, just below API Gateway's 30
   */
  readonly timeout?: Duration;
  /**
   * Slower calls than this, if they are more than one in a hundred, raise an alarm.
   * @default - half of the timeout
   */
  readonly slow?: Duration;
  /**
   * Whether a clock or a deployment runs it, hours apart: one slow run raises the alarm then, and not a quarter of an hour.
   * @default false
   */
  readonly runsSeldom?: boolean;
  /**
   * Lambda gives CPU in proportion; 1024 MB start a bundle in well under a second.
   * @default 1024; 1769 for reports, a whole processor: they are thousands of queries
   */
  readonly memoryMb?: number;
  /**
   * Environment beyond what every function gets; keys from `ENV`.
   * @default - nothing more
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * What the role may do beyond the table (see `PERMISSIONS`) and its own log group.
   * @default - nothing more
   */
  readonly statements?: readonly PolicyStatement[];
}

/**
 * One Lambda function with a role and a log group of its own.
 *
 * X-Ray is off: HTTP APIs do not pass traces on and the bundles carry no instrumentation, so a trace
 * would hold one segment that says what the log line and the latency metric already say, at the price
 * of `xray:*` on every resource in every role.
 */
export class QuotaFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: QuotaFunctionProps) {
    const { setting, entry } = props;
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: RetentionDays.ONE_MONTH,
      // Diagnosis, not record: the ledger is the record, and it stays.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Runs functions/${entry}.ts`,
      inlinePolicies: {
        OwnWork: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [logGroup.logGroupArn],
            }),
            ...tableStatements(entry, setting.table),
            ...redisStatements(entry, setting.redisSecret),
            ...stripeStatements(entry, setting.stripeSecret),
            ...eventStatements(entry, setting.eventBus),
            ...noticeStatements(entry, setting.alertTopic),
            ...jobStatements(entry, setting),
            ...metricStatements(entry),
            ...reportStatements(entry, setting.reportBucket),
            ...(props.statements ?? []),
          ],
        }),
      },
    });
    const timeout = props.timeout ?? Duration.seconds(timeoutSeconds(entry));
    super(scope, id, {
      description: `functions/${entry}.ts`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(setting.bundleDirectory, entry), { exclude: ['*.map'] }),
      timeout,
      memorySize: props.memoryMb ?? memoryMb(entry),
      environment: {
        [ENV.tableName]: setting.table.tableName,
        [ENV.defaultPlanId]: setting.defaultPlanId,
        [ENV.maxAmount]: String(setting.maxAmount),
        [ENV.reportTimeZone]: setting.reportTimeZone,
        [ENV.serviceName]: METRICS.service,
        [ENV.metricsNamespace]: METRICS.namespace,
        [ENV.logLevel]: setting.logLevel,
        ...(PERMISSIONS[entry].redis && { [ENV.redisSecretArn]: setting.redisSecret.secretArn }),
        ...(PERMISSIONS[entry].stripe && {
          [ENV.stripeSecretArn]: setting.stripeSecret.secretArn,
          [ENV.allowedOrigins]: setting.allowedOrigins.join(','),
        }),
        ...(PERMISSIONS[entry].events && { [ENV.eventBusName]: setting.eventBus.eventBusName }),
        ...(PERMISSIONS[entry].notices && { [ENV.alertTopicArn]: setting.alertTopic.topicArn }),
        ...(PERMISSIONS[entry].jobs && { [ENV.jobFunctions]: jobFunctionNames(scope, setting) }),
        ...(PERMISSIONS[entry].reports && { [ENV.reportBucketName]: setting.reportBucket.bucketName }),
        ...props.environment,
      },
      logGroup,
      role,
      loggingFormat: LoggingFormat.JSON,
      // Lambda filters by its own level first; unequal levels would hide what was asked for.
      applicationLogLevelV2: ApplicationLogLevel[setting.logLevel],
    });
    if (PERMISSIONS[entry].metrics) {
      Validations.of(role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'GetMetricData knows no resource and no condition: who may read one metric may read all.',
      });
    }
    if (PERMISSIONS[entry].reports) {
      const bucket = setting.reportBucket.node.defaultChild as CfnBucket; // what a Bucket creates under this name
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(bucket)}.Arn>/reports/*]`,
        reason: 'A report is named by its day; the statement allows to write them and nothing else.',
      });
    }
    alarmOnFunction(this, {
      entry,
      slow: props.slow ?? Duration.seconds(timeout.toSeconds() / 2),
      runsSeldom: props.runsSeldom ?? false,
    });
  }
}

function memoryMb(entry: Entry): number {
  return PERMISSIONS[entry].metrics ? 1769 : 1024;
}

function timeoutSeconds(entry: Entry): number {
  const { stripe, metrics } = PERMISSIONS[entry];
  if (metrics) return 28;
  return stripe ? 20 : 6;
}

function tableStatements(entry: Entry, table: Table): PolicyStatement[] {
  const { table: actions, indexes = [] } = PERMISSIONS[entry];
  const statements: PolicyStatement[] = [];
  if (actions.length > 0) {
    statements.push(
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [table.tableArn],
      }),
    );
  }
  if (indexes.length > 0) {
    statements.push(
      new PolicyStatement({
        actions: ['dynamodb:Query'],
        resources: indexes.map((index) => `${table.tableArn}/index/${INDEX[index].name}`),
      }),
    );
  }
  return statements;
}

function redisStatements(entry: Entry, secret: Secret): PolicyStatement[] {
  if (!PERMISSIONS[entry].redis) return [];
  return [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretArn] })];
}

function stripeStatements(entry: Entry, secret: Secret): PolicyStatement[] {
  if (!PERMISSIONS[entry].stripe) return [];
  return [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretArn] })];
}

function reportStatements(entry: Entry, bucket: Bucket): PolicyStatement[] {
  if (!PERMISSIONS[entry].reports) return [];
  return [new PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects('reports/*')] })];
}

function metricStatements(entry: Entry): PolicyStatement[] {
  if (!PERMISSIONS[entry].metrics) return [];
  return [new PolicyStatement({ actions: ['cloudwatch:GetMetricData'], resources: ['*'] })];
}

function eventStatements(entry: Entry, bus: EventBus): PolicyStatement[] {
  if (!PERMISSIONS[entry].events) return [];
  return [new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn] })];
}

function jobStatements(entry: Entry, setting: FunctionSetting): PolicyStatement[] {
  if (!PERMISSIONS[entry].jobs) return [];
  const resources = Object.values(jobsOf(setting)).map(({ functionArn }) => functionArn);
  return [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources })];
}

function jobFunctionNames(scope: Construct, setting: FunctionSetting): string {
  const names = Object.entries(jobsOf(setting)).map(([job, { functionName }]) => [job, functionName]);
  return Stack.of(scope).toJsonString(Object.fromEntries(names));
}

function jobsOf({ jobs }: FunctionSetting): Readonly<Record<JobName, LambdaFunction>> {
  if (!jobs) throw new Error('a function that starts jobs is made after them');
  return jobs;
}

function noticeStatements(entry: Entry, topic: Topic): PolicyStatement[] {
  if (!PERMISSIONS[entry].notices) return [];
  return [new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] })];
}
