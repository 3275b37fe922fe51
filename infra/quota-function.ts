import { join } from 'node:path';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV, type Entry } from '../shared/contract.ts';
import { CAPABILITIES } from './capabilities.ts';
import { alarmOnFunction, type ErrorsAlarmText } from './function-alarms.ts';
import type { FunctionContext } from './function-context.ts';
import { functionDescription } from './function-description.ts';
import { PERMISSIONS } from './permissions.ts';
import type { RunbookAlarm } from './runbook-alarm.ts';
import { metricsNamespace } from './service-metric.ts';
import type { LogLevel } from './settings.ts';
import { tableStatements } from './table-statements.ts';

/** Above the 2 s budget of an ambiguous write, and below a caller's patience. */
const DEFAULT_TIMEOUT_SECONDS = 6;
/** Lambda allots CPU in proportion: this much starts a bundle in well under a second. */
const DEFAULT_MEMORY_MB = 1024;

export interface QuotaFunctionProps {
  readonly context: FunctionContext;
  /** Path below `functions/`, without `.ts`. */
  readonly entry: Entry;
  /** @default - the longest that its capabilities ask for, or 6 s */
  readonly timeout?: Duration;
  /**
   * Whether a schedule or a deployment runs it, hours apart: then one failed run raises the alarm, and no
   * slow one.
   * @default false
   */
  readonly runsSeldom?: boolean;
  /**
   * Whether an alarm of its construct covers its failures: then the function has none of its own.
   * @default false
   */
  readonly isWatched?: boolean;
  /**
   * Text of its alarm on errors.
   * @default - that of any function
   */
  readonly errorsAlarm?: ErrorsAlarmText;
  /**
   * Environment beyond that of `PERMISSIONS`; keys from `ENV`.
   * @default - nothing more
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * What the role allows beyond `PERMISSIONS` and its own log group.
   * @default - nothing more
   */
  readonly statements?: readonly PolicyStatement[];
}

/**
 * One Lambda function with its own role, log group and alarms.
 *
 * X-Ray is off: HTTP APIs do not pass traces on and the bundles are not instrumented, so a trace would be one
 * segment that repeats the log line and the latency metric, at the price of `xray:*` on every resource in
 * every role.
 */
export class QuotaFunction extends LambdaFunction {
  /** Absent if it is watched. */
  readonly errorsAlarm: RunbookAlarm | undefined;

  constructor(scope: Construct, id: string, props: QuotaFunctionProps) {
    const { context, entry } = props;
    const access = PERMISSIONS[entry];
    const capabilities = access.capabilities.map((name) => CAPABILITIES[name]);
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: RetentionDays.ONE_MONTH,
      // Logs are for diagnosis. The ledger is the record, and it outlives the stack.
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
            ...tableStatements(access, context.table),
            ...capabilities.map(({ statement }) => statement(context)),
            ...(props.statements ?? []),
          ],
        }),
      },
    });
    const largest = (fallback: number, values: readonly (number | undefined)[]) =>
      Math.max(fallback, ...values.map((value = 0) => value));
    const timeout =
      props.timeout ??
      Duration.seconds(
        largest(
          DEFAULT_TIMEOUT_SECONDS,
          capabilities.map(({ timeoutSeconds }) => timeoutSeconds),
        ),
      );
    super(scope, id, {
      description: functionDescription(entry, context.stage),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(context.bundleDirectory, entry), { exclude: ['*.map'] }),
      timeout,
      memorySize: largest(
        DEFAULT_MEMORY_MB,
        capabilities.map(({ memoryMb }) => memoryMb),
      ),
      environment: {
        ...commonEnvironment(scope, context),
        ...Object.assign({}, ...capabilities.map(({ environment }) => environment?.(context))),
        ...props.environment,
      },
      logGroup,
      role,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel[lambdaLogLevel(context.logLevel)],
      // Without the three lines of each invocation (start, end, report), whose figures are metrics of Lambda.
      systemLogLevelV2: SystemLogLevel.WARN,
    });
    for (const { acknowledgment } of capabilities) {
      if (acknowledgment) Validations.of(role).acknowledge(acknowledgment(context));
    }
    const slow = Duration.seconds(timeout.toSeconds() / 2);
    this.errorsAlarm = props.isWatched ? undefined : alarmOnFunction(this, { ...props, slow });
  }
}

/**
 * Level of Lambda's own filter: INFO at most, whatever the setting. It drops embedded metrics above INFO, and
 * with them every metric and alarm of the service; the logger filters its own lines.
 */
function lambdaLogLevel(level: LogLevel): LogLevel {
  return level === 'WARN' || level === 'ERROR' ? 'INFO' : level;
}

function commonEnvironment(scope: Construct, context: FunctionContext): Record<string, string> {
  return {
    [ENV.tableName]: context.table.tableName,
    [ENV.defaultPlanId]: context.defaultPlanId,
    [ENV.maxAmount]: String(context.maxAmount),
    ...(context.keyRequestsPerSecond !== undefined && {
      [ENV.keyRequestsPerSecond]: String(context.keyRequestsPerSecond),
    }),
    [ENV.reportTimeZone]: context.reportTimeZone,
    [ENV.metricsNamespace]: metricsNamespace(scope),
    [ENV.logLevel]: context.logLevel,
  };
}
