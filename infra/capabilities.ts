import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { ENV } from '../shared/contract.ts';
import type { FunctionContext } from './function-context.ts';

/** What a function gets with a capability. */
interface CapabilityGrant {
  readonly statement: (context: FunctionContext) => PolicyStatement;
  /** Keys from `ENV`. */
  readonly environment?: (context: FunctionContext) => Readonly<Record<string, string>>;
  /**
   * The function's time limit, unless another capability has a longer one.
   * @default - that of `DEFAULT_TIMEOUT_SECONDS`
   */
  readonly timeoutSeconds?: number;
  /** @default - that of `DEFAULT_MEMORY_MB` */
  readonly memoryMb?: number;
  /** The cdk-nag finding that the statement causes, and why it is accepted. */
  readonly acknowledgment?: (context: FunctionContext) => { readonly id: string; readonly reason: string };
}

const allow = (action: string | string[], ...resources: string[]) =>
  new PolicyStatement({ actions: [action].flat(), resources });

/**
 * Everything that a function may reach beyond the table and its own log. `permissions.ts` lists the
 * capabilities of each.
 */
const GRANTS = {
  /** Caches or locks. */
  redis: {
    statement: ({ redisSecret }) => allow('secretsmanager:GetSecretValue', redisSecret.secretArn),
    environment: ({ redisSecret }) => ({ [ENV.redisSecretArn]: redisSecret.secretArn }),
  },
  /** Calls Stripe. Stripe waits 20 s for a webhook's answer. */
  stripe: {
    statement: ({ stripeSecret }) => allow('secretsmanager:GetSecretValue', stripeSecret.secretArn),
    environment: ({ stripeSecret, allowedOrigins }) => ({
      [ENV.stripeSecretArn]: stripeSecret.secretArn,
      [ENV.allowedOrigins]: allowedOrigins.join(','),
    }),
    timeoutSeconds: 20,
  },
  /** Publishes events on the service's bus. */
  events: {
    statement: ({ eventBus }) => allow('events:PutEvents', eventBus.eventBusArn),
    environment: ({ eventBus }) => ({ [ENV.eventBusName]: eventBus.eventBusName }),
  },
  /** Publishes notices to people. */
  notices: {
    statement: ({ alertTopic }) => allow('sns:Publish', alertTopic.topicArn),
    environment: ({ alertTopic }) => ({ [ENV.alertTopicArn]: alertTopic.topicArn }),
  },
  /** Starts jobs, and invokes no other function. */
  jobs: {
    statement: (context) =>
      allow('lambda:InvokeFunction', ...jobsOf(context).map(([, { functionArn }]) => functionArn)),
    environment: (context) => ({ [ENV.jobFunctions]: jobFunctionNames(context) }),
  },
  /**
   * Compiles reports: thousands of queries, so a whole processor, and a time limit just below API Gateway's
   * 30 s.
   */
  metrics: {
    statement: () => allow('cloudwatch:GetMetricData', '*'),
    timeoutSeconds: 28,
    memoryMb: 1769,
    acknowledgment: () => ({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'GetMetricData supports no resource and no condition: a role that may read one metric may read all.',
    }),
  },
  /** Writes reports to their bucket. */
  reports: {
    statement: ({ reportBucket }) => allow('s3:PutObject', reportBucket.arnForObjects('reports/*')),
    environment: ({ reportBucket }) => ({ [ENV.reportBucketName]: reportBucket.bucketName }),
    acknowledgment: ({ reportBucket }) => ({
      id: findingOn(reportBucket, 'reports/*'),
      reason: 'A report is named by its day; the statement allows writing reports and nothing else.',
    }),
  },
  /**
   * Archives history: stores files, completes a batch from its stored files, and removes those of a batch
   * that was not completed. The bucket keeps the versions, which no function may delete.
   */
  archive: {
    statement: (context) =>
      allow(
        ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
        archiveOf(context).arnForObjects('archive/*'),
      ),
    environment: ({ ledgerRetentionDays, usageRetentionDays, ...context }) => ({
      [ENV.archiveBucketName]: archiveOf(context).bucketName,
      ...(ledgerRetentionDays !== undefined && { [ENV.ledgerRetentionDays]: String(ledgerRetentionDays) }),
      ...(usageRetentionDays !== undefined && { [ENV.usageRetentionDays]: String(usageRetentionDays) }),
    }),
    acknowledgment: (context) => ({
      id: findingOn(archiveOf(context), 'archive/*'),
      reason: 'A file is named by its day and batch; the statement allows nothing outside of this folder.',
    }),
  },
} as const satisfies Record<string, CapabilityGrant>;

export type Capability = keyof typeof GRANTS;
export const CAPABILITIES: Readonly<Record<Capability, CapabilityGrant>> = GRANTS;

/** The finding of cdk-nag on a statement about all objects below a folder. */
function findingOn(bucket: Bucket, pattern: string): string {
  const resource = bucket.node.defaultChild as CfnBucket; // what a Bucket creates under this name
  return `AwsSolutions-IAM5[Resource::<${Stack.of(bucket).getLogicalId(resource)}.Arn>/${pattern}]`;
}

function archiveOf({ archiveBucket }: Pick<FunctionContext, 'archiveBucket'>): Bucket {
  if (!archiveBucket) throw new Error('only a deployment with a retention has an archive');
  return archiveBucket;
}

function jobsOf({ jobs }: FunctionContext) {
  if (!jobs) throw new Error('a function that starts jobs must be created after them');
  return Object.entries(jobs);
}

function jobFunctionNames(context: FunctionContext): string {
  const names = jobsOf(context).map(([job, { functionName }]) => [job, functionName]);
  return Stack.of(context.table).toJsonString(Object.fromEntries(names));
}
