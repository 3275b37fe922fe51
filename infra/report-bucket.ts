import { CfnOutput, Duration } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { privateBucket } from './private-bucket.ts';

/** Long enough to compare with the same day a year ago. */
const KEPT_DAYS = 400;

/** Stores the daily usage reports, for people who can sign in to this account. */
export class ReportBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = privateBucket(this, 'Bucket', {
      lifecycleRules: [{ expiration: Duration.days(KEPT_DAYS) }],
      withoutAccessLog:
        'One job writes here, once a day, and records it; a log bucket would only repeat that.',
    });
    new CfnOutput(this, 'BucketName', { value: this.bucket.bucketName });
  }
}
