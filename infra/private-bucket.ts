import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PrivateBucketProps extends Pick<BucketProps, 'lifecycleRules' | 'versioned'> {
  /** Why it needs no log of its accesses. */
  readonly withoutAccessLog: string;
}

/** Creates an encrypted bucket that only roles of this account reach, over TLS; it outlives the stack. */
export function privateBucket(
  scope: Construct,
  id: string,
  { withoutAccessLog, ...props }: PrivateBucketProps,
): Bucket {
  const bucket = new Bucket(scope, id, {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ...props,
  });
  Validations.of(bucket).acknowledge({ id: 'AwsSolutions-S1', reason: withoutAccessLog });
  return bucket;
}
