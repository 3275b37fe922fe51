import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { JobName } from '../shared/contract.ts';
import type { LogLevel } from './settings.ts';

/** The resources and settings that all functions of one stack share. */
export interface FunctionContext {
  readonly stage: string;
  /** Folder with `<entry>/index.mjs`, written by `bundleFunctions`. */
  readonly bundleDirectory: string;
  readonly table: ITable;
  /** Holds the address of Redis. */
  readonly redisSecret: Secret;
  /** Holds the keys of the Stripe account. */
  readonly stripeSecret: Secret;
  /** Origins that Stripe's pages may redirect customers to. */
  readonly allowedOrigins: readonly string[];
  /** Receives the service's events. */
  readonly eventBus: EventBus;
  /** Stores reports. */
  readonly reportBucket: Bucket;
  /**
   * Stores history that leaves the table.
   * @default - none: the table keeps everything
   */
  readonly archiveBucket?: Bucket;
  /** @default - none: for ever */
  readonly ledgerRetentionDays?: number;
  /** @default - none: for ever */
  readonly usageRetentionDays?: number;
  /** Receives notices to people. */
  readonly alertTopic: Topic;
  /**
   * The functions of the jobs, for a function that starts them.
   * @default - none yet: the jobs are created first
   */
  readonly jobs?: Readonly<Partial<Record<JobName, LambdaFunction>>>;
  /** IANA time zone in which days of usage and reports begin. */
  readonly reportTimeZone: string;
  readonly defaultPlanId: string;
  /** Largest amount of one operation, in units. */
  readonly maxAmount: number;
  /**
   * Requests per second of an API key without a limit of its own.
   * @default - none: unlimited
   */
  readonly keyRequestsPerSecond?: number;
  readonly logLevel: LogLevel;
}
