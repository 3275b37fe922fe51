import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { DeniedCallMetrics } from '../../../shared/adapters/aws/denied-call-metrics.ts';
import { NoticePublisher } from '../../../shared/adapters/aws/notice-publisher.ts';
import { ReportBucket } from '../../../shared/adapters/aws/report-bucket.ts';
import { ArchiveProgress } from '../../../shared/adapters/dynamodb/archive-progress.ts';
import { createDynamoDb, type Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { PlanStore } from '../../../shared/adapters/dynamodb/plan-store.ts';
import { TopIndex } from '../../../shared/adapters/dynamodb/top-index.ts';
import { keepAliveAgents } from '../../../shared/adapters/http/keep-alive.ts';
import { ENV } from '../../../shared/contract.ts';
import { env, readNoticeEnv, readReportEnv } from '../env.ts';
import { logger } from '../telemetry/logger.ts';
import { now, once, reportTimeZone } from './core.ts';

/**
 * The part of the composition root that reports need. A file of its own: only bundles of reports contain
 * these clients.
 */

/** A report makes thousands of queries and no write: retries are safe. */
const READ_ATTEMPTS = 5;
const READ_BUDGET_MS = 20_000;
const FIGURES_TIMEOUT_MS = 5_000;

export function reportDeps() {
  return once('reportDeps', () => ({
    ...topUsersDeps(),
    plans: new PlanStore(readTable(), now),
    figures: new DeniedCallMetrics(cloudWatch(), {
      namespace: env[ENV.metricsNamespace],
      timeZone: reportTimeZone(),
    }),
    onMissing: (error: unknown) => logger.warn('a report lacks the calls that were denied', { error }),
  }));
}

/** Dependencies of the daily job. */
export function publishReportDeps() {
  return once('publishReportDeps', () => {
    const { [ENV.reportBucketName]: bucketName, AWS_REGION: region } = readReportEnv();
    return {
      ...reportDeps(),
      bucket: new ReportBucket(
        new S3Client({ maxAttempts: 3, requestHandler: keepAliveAgents() }),
        bucketName,
        region,
      ),
      notices: new NoticePublisher(
        new SNSClient({ maxAttempts: 3, requestHandler: keepAliveAgents() }),
        readNoticeEnv()[ENV.alertTopicArn],
      ),
    };
  });
}

export function topUsersDeps() {
  return once('topUsersDeps', () => ({
    now,
    reportTimeZone: reportTimeZone(),
    topIndex: new TopIndex(readTable()),
    archiveProgress: new ArchiveProgress(readTable()),
  }));
}

function readTable(): Table {
  return once('readTable', () => ({
    client: createDynamoDb({}, { readAttempts: READ_ATTEMPTS, readBudgetMs: READ_BUDGET_MS }),
    name: env[ENV.tableName],
  }));
}

function cloudWatch(): CloudWatchClient {
  const requestHandler = {
    connectionTimeout: FIGURES_TIMEOUT_MS / 5,
    requestTimeout: FIGURES_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    ...keepAliveAgents(),
  };
  return new CloudWatchClient({ maxAttempts: 2, requestHandler });
}
