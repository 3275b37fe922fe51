import { describe, expect, test } from 'vitest';
import type { Settings } from '../../infra/settings.ts';
import { ENV, jobEntry, METRICS } from '../../shared/contract.ts';
import { type Synthesis, synthesize } from '../support/synth.ts';

const minimal = (settings: Settings) => synthesize(settings, { isMinimal: true });
const standard = await minimal({});
const archiving = await minimal({ ledgerRetentionDays: 90, usageRetentionDays: 400 });
const idsOf = ({ template }: Synthesis) => Object.keys(template.toJSON().Resources);

describe('without a retention', () => {
  test('there is no archive, no job and no permission of it', () => {
    const text = JSON.stringify(standard.template.toJSON());
    expect(text).not.toMatch(/history-archive|ArchiveBucket|archive\//i);
    expect(() => standard.functionOf(jobEntry('history-archive'))).toThrow();
  });

  test('the seed counts the jobs of every deployment alone as alive', () => {
    const optional = ({ functionOf }: Synthesis) =>
      functionOf('seed/handler').Properties.Environment.Variables[ENV.optionalJobs];
    expect(optional(standard)).toBe('');
    expect(optional(archiving)).toBe('history-archive');
  });
});

describe('with a retention', () => {
  const added = idsOf(archiving).filter((id) => !idsOf(standard).includes(id));
  const [bucket] = archiving.resources('AWS::S3::Bucket').filter(({ id }) => id.startsWith('Archive'));

  test('the stack has at most 12 more resources, two of them alarms', () => {
    expect(added.length).toBeLessThanOrEqual(12);
    const alarms = archiving.resources('AWS::CloudWatch::Alarm').filter(({ id }) => added.includes(id));
    const metrics = alarms.map(({ Properties }) => Properties.MetricName);
    expect(metrics.sort()).toEqual(['Errors', METRICS.job.alive]);
  });

  test('the archive is private, encrypted, versioned, and outlives the stack and the setting', () => {
    const [encryption] = bucket?.Properties.BucketEncryption.ServerSideEncryptionConfiguration ?? [];
    expect(encryption).toEqual({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } });
    expect(bucket).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
    expect(bucket?.Properties.LifecycleConfiguration).toBeUndefined();
  });

  test('the archive accepts encrypted connections only', () => {
    const [policy] = archiving
      .resources('AWS::S3::BucketPolicy')
      .filter(({ Properties }) => Properties.Bucket.Ref === bucket?.id);
    expect(policy?.Properties.PolicyDocument.Statement).toMatchObject([
      { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ]);
  });

  test('only the job reaches the archive, and may delete no version of an object', () => {
    const roles = archiving
      .resources('AWS::IAM::Role')
      .filter((role) => JSON.stringify(role.Properties).includes(String(bucket?.id)));
    const { Role } = archiving.functionOf(jobEntry('history-archive')).Properties;
    expect(roles.map(({ id }) => id)).toEqual([Role['Fn::GetAtt'][0]]);
    expect(JSON.stringify(archiving.template.toJSON())).not.toContain('DeleteObjectVersion');
  });

  test.each([
    [{ ledgerRetentionDays: 90 }, { [ENV.ledgerRetentionDays]: '90', [ENV.usageRetentionDays]: undefined }],
    [{ usageRetentionDays: 400 }, { [ENV.ledgerRetentionDays]: undefined, [ENV.usageRetentionDays]: '400' }],
  ])('the job has the days of %j', async (settings, expected) => {
    const { functionOf } = await minimal(settings);
    const { Variables } = functionOf(jobEntry('history-archive')).Properties.Environment;
    expect(Variables[ENV.archiveBucketName]).toEqual({ Ref: bucket?.id });
    for (const [name, value] of Object.entries(expected)) expect(Variables[name], name).toBe(value);
  });
});
