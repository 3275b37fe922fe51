import { CfnOutput } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { privateBucket } from './private-bucket.ts';

/**
 * Holds ledger entries and usage that have left the table, for ever. An object is never changed; the versions
 * keep what a mistake removes or overwrites.
 */
export class HistoryArchive extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = privateBucket(this, 'Bucket', {
      versioned: true,
      withoutAccessLog:
        'One job writes here, and lists each object in a manifest; a log bucket would only repeat that.',
    });
    new CfnOutput(this, 'BucketName', { value: this.bucket.bucketName });
  }
}
