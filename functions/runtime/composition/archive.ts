import { S3Client } from '@aws-sdk/client-s3';
import { ArchiveBucket } from '../../../shared/adapters/aws/archive-bucket.ts';
import { AccountScan } from '../../../shared/adapters/dynamodb/account-scan.ts';
import { LedgerArchive } from '../../../shared/adapters/dynamodb/ledger-archive.ts';
import { UsageArchive } from '../../../shared/adapters/dynamodb/usage-archive.ts';
import { keepAliveAgents } from '../../../shared/adapters/http/keep-alive.ts';
import { ENV } from '../../../shared/contract.ts';
import { readArchiveEnv } from '../env.ts';
import { archiveProgressDeps, clock, once, reportTimeZone, table } from './core.ts';

/** Dependencies of the archive. A file of its own: only the bundle of this job contains the client. */
export function archiveDeps() {
  return once('archiveDeps', () => {
    const settings = readArchiveEnv();
    return {
      ...clock,
      ...archiveProgressDeps(),
      reportTimeZone: reportTimeZone(),
      retention: {
        ledgerDays: settings[ENV.ledgerRetentionDays],
        usageDays: settings[ENV.usageRetentionDays],
      },
      accountScan: new AccountScan(table()),
      ledgerArchive: new LedgerArchive(table()),
      usageArchive: new UsageArchive(table()),
      archiveBucket: new ArchiveBucket(
        new S3Client({ maxAttempts: 3, requestHandler: keepAliveAgents() }),
        settings[ENV.archiveBucketName],
      ),
    };
  });
}
