import * as z from 'zod/mini';
import { AMOUNT_BOUND, ENV, KEY_RATE_BOUND, LEAST_RETENTION_DAYS } from '../../shared/contract.ts';
import { isTimeZone } from '../../shared/domain/period.ts';

const text = z.string().check(z.minLength(1));

/** An integer from `least` on, as text. */
const integer = (most: number, least = 1) =>
  z.pipe(
    z.pipe(
      text,
      z.transform((value: string) => Number(value)),
    ),
    z.int().check(z.gte(least), z.lte(most)),
  );

/** Variables of every function. */
const COMMON = z.object({
  [ENV.tableName]: text,
  [ENV.defaultPlanId]: text,
  [ENV.maxAmount]: integer(AMOUNT_BOUND.most),
  [ENV.keyRequestsPerSecond]: z.optional(integer(KEY_RATE_BOUND.requestsPerSecond)),
  [ENV.reportTimeZone]: z._default(text.check(z.refine(isTimeZone, 'must be an IANA time zone')), 'UTC'),
  [ENV.metricsNamespace]: text,
  [ENV.logLevel]: z.enum(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT', 'CRITICAL']),
});

/** Read at init, so that a missing variable fails the start and not the first request. */
export const env = readEnv(COMMON);

/** Variables of the seed. */
export function readSeedEnv(): {
  readonly FIRST_KEYS_SECRET_ARN: string;
  /** Absent without a canary. */
  readonly CANARY_SECRET_ARN?: string | undefined;
  /** Comma separated; empty: none. */
  readonly OPTIONAL_JOBS: string;
} {
  return readEnv(
    z.object({
      [ENV.firstKeysSecretArn]: text,
      [ENV.canarySecretArn]: z.optional(text),
      [ENV.optionalJobs]: z._default(z.string(), ''),
    }),
  );
}

/** Variables of the canary. */
export function readCanaryEnv(): { readonly CANARY_SECRET_ARN: string; readonly API_URL: string } {
  return readEnv(z.object({ [ENV.canarySecretArn]: text, [ENV.apiUrl]: text }));
}

/** Variables of the job that archives history. */
export function readArchiveEnv(): {
  readonly ARCHIVE_BUCKET_NAME: string;
  readonly LEDGER_RETENTION_DAYS?: number | undefined;
  readonly USAGE_RETENTION_DAYS?: number | undefined;
} {
  return readEnv(
    z.object({
      [ENV.archiveBucketName]: text,
      [ENV.ledgerRetentionDays]: z.optional(integer(Number.MAX_SAFE_INTEGER, LEAST_RETENTION_DAYS.ledger)),
      [ENV.usageRetentionDays]: z.optional(integer(Number.MAX_SAFE_INTEGER, LEAST_RETENTION_DAYS.usage)),
    }),
  );
}

/** Variables of functions that cache or lock. */
export function readRedisEnv(): { readonly REDIS_SECRET_ARN: string } {
  return readEnv(z.object({ [ENV.redisSecretArn]: text }));
}

/** Variables of functions that call Stripe. */
export function readStripeEnv(): {
  readonly STRIPE_SECRET_ARN: string;
  /** Comma separated; empty: none. */
  readonly ALLOWED_ORIGINS: string;
} {
  return readEnv(z.object({ [ENV.stripeSecretArn]: text, [ENV.allowedOrigins]: z.string() }));
}

/** Variables of functions that publish events. */
export function readEventEnv(): { readonly EVENT_BUS_NAME: string } {
  return readEnv(z.object({ [ENV.eventBusName]: text }));
}

/** Function names by job, as JSON. */
export function readJobEnv(): { readonly JOB_FUNCTIONS: string } {
  return readEnv(z.object({ [ENV.jobFunctions]: text }));
}

/** Variables of functions that publish notices. */
export function readNoticeEnv(): { readonly ALERT_TOPIC_ARN: string } {
  return readEnv(z.object({ [ENV.alertTopicArn]: text }));
}

/** Variables of functions that store reports. */
export function readReportEnv(): { readonly REPORT_BUCKET_NAME: string; readonly AWS_REGION: string } {
  return readEnv(z.object({ [ENV.reportBucketName]: text, AWS_REGION: text }));
}

function readEnv<T>(schema: z.ZodMiniType<T>): T {
  const read = schema.safeParse(process.env);
  if (read.success) return read.data;
  const names = new Set(read.error.issues.map(({ path }) => path.join('.')));
  throw new Error(`environment variable missing or wrong: ${[...names].join(', ')}`);
}
