import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  MetricType,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ENTRIES, METRICS, TABLE } from '../shared/contract.ts';
import { type FunctionSetting, QuotaFunction } from './quota-function.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { serviceMetric } from './service-metric.ts';

export interface LedgerStreamProps {
  readonly setting: FunctionSetting;
}

/**
 * The projector on the table's stream. What it cannot process in bounded time is kept whole in a
 * bucket, and an alarm says so: a record is late or set aside, never lost.
 */
export class LedgerStream extends Construct {
  constructor(scope: Construct, id: string, props: LedgerStreamProps) {
    super(scope, id);
    const streamArn = props.setting.table.tableStreamArn;
    if (streamArn === undefined) throw new Error('the table has no stream');

    const setAside = this.setAsideBucket();
    const projector = this.projector(props.setting, streamArn, setAside);
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: projector,
      eventSourceArn: streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      // Only accounts: without this the projector's own ledger entries would wake it again.
      filters: [
        FilterCriteria.filter({
          dynamodb: { Keys: { [TABLE.sortKey]: { S: FilterRule.isEqual(TABLE.accountSortKey) } } },
        }),
      ],
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(0),
      // Records of one account stay in order, whatever the factor.
      parallelizationFactor: 4,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: 10,
      // The stream keeps records for 24 h; give up while they can still be kept.
      maxRecordAge: Duration.hours(12),
      // A queue would get only the record's address, and the stream forgets the record after a day.
      onFailure: { bind: () => ({ destination: setAside.bucketArn }) },
      supportS3OnFailureDestination: true,
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    });
    this.alarmWhenLate(projector);
    this.alarmWhenStopped();
    this.alarmWhenSetAside(mapping);
    this.alarmWhenBroken();
  }

  private setAsideBucket(): Bucket {
    const bucket = new Bucket(this, 'SetAside', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Only the event source mapping writes here, rarely, and each object raises an alarm; a log bucket would only log that.',
    });
    return bucket;
  }

  private projector(setting: FunctionSetting, streamArn: string, setAside: Bucket): QuotaFunction {
    const projector = new QuotaFunction(this, 'Projector', {
      setting,
      entry: ENTRIES.projector,
      timeout: Duration.seconds(60),
      statements: [
        new PolicyStatement({
          actions: [
            'dynamodb:DescribeStream',
            'dynamodb:GetRecords',
            'dynamodb:GetShardIterator',
            'dynamodb:ListStreams',
          ],
          resources: [streamArn],
        }),
        new PolicyStatement({ actions: ['s3:ListBucket'], resources: [setAside.bucketArn] }),
        new PolicyStatement({ actions: ['s3:PutObject'], resources: [setAside.arnForObjects('*')] }),
      ],
    });
    const bucketResource = setAside.node.defaultChild as CfnBucket; // what a Bucket creates under this name
    Validations.of(projector.role ?? projector).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(bucketResource)}.Arn>/*]`,
      reason: 'Lambda names the objects it sets aside; the statement allows to add them and nothing else.',
    });
    return projector;
  }

  private alarmWhenLate(projector: QuotaFunction): void {
    new RunbookAlarm(this, 'IteratorAgeAlarm', {
      says: 'The ledger and the usage lag behind the accounts by more than a minute.',
      runbook:
        'Decisions stay right, but operation ids pile up in the accounts. Read the log of stream/project for the record that fails; fix and deploy, the stream waits 12 hours.',
      metric: projector.metric('IteratorAge', { statistic: 'max', period: Duration.minutes(1) }),
      threshold: Duration.minutes(1).toMilliseconds(),
      evaluationPeriods: 5,
    });
  }

  /** Who does not run has no iterator age. */
  private alarmWhenStopped(): void {
    // Units may be accepted at the end of one period and written down in the next: the longer it is, the less that matters.
    const period = Duration.minutes(15);
    new RunbookAlarm(this, 'ProjectorStoppedAlarm', {
      says: 'In three of the last quarter hours units were accepted, and nothing came into the ledger.',
      runbook:
        'Is the event source mapping of stream/project enabled, and may it read the stream? It goes on where it stopped. The stream forgets after 24 hours.',
      metric: new MathExpression({
        label: 'accepted, not written',
        expression: 'IF(FILL(accepted, 0) > 0 AND FILL(entries, 0) < 1, 1, 0)',
        usingMetrics: {
          accepted: serviceMetric(METRICS.accepted, { period }),
          entries: serviceMetric(METRICS.ledgerEntries, { period }),
        },
        period,
      }),
      threshold: 0,
      // Not in a row: hours may pass between two consumes of a quiet service.
      evaluationPeriods: 12,
      datapointsToAlarm: 3,
    });
  }

  private alarmWhenSetAside(mapping: EventSourceMapping): void {
    const count = (metricName: string) =>
      new Metric({
        namespace: 'AWS/Lambda',
        metricName,
        dimensionsMap: { EventSourceMappingUUID: mapping.eventSourceMappingId },
        statistic: 'sum',
        period: Duration.minutes(1),
      });
    new RunbookAlarm(this, 'SetAsideAlarm', {
      says: 'The projector gave up on records: the ledger has a gap.',
      runbook:
        'The records lie whole in the SetAside bucket, one object per batch. Fix the cause, then invoke stream/project with the payload of each object; writing an entry twice does no harm.',
      metric: new MathExpression({
        expression: 'FILL(kept, 0) + FILL(dropped, 0)',
        usingMetrics: {
          kept: count('OnFailureDestinationDeliveredEventCount'),
          dropped: count('DroppedEventCount'),
        },
        period: Duration.minutes(1),
      }),
      threshold: 0,
    });
  }

  private alarmWhenBroken(): void {
    new RunbookAlarm(this, 'InvariantAlarm', {
      says: 'An account does not add up: remaining is not limit minus used minus held, or a version is missing.',
      runbook:
        'The log line of stream/project names the account and both images. Compare the account with its ledger, and stop deployments until the write that broke it is found.',
      metric: serviceMetric(METRICS.invariantBroken, { period: Duration.minutes(1) }),
      threshold: 0,
    });
    new RunbookAlarm(this, 'LedgerAuditAlarm', {
      says: 'The ledger audit found accounts that contradict their ledger.',
      runbook:
        'The log line "ledger finding" of jobs/ledger-audit names each account and what is wrong; the run has the first ones. Audit one again with POST /v1/admin/jobs/ledger-audit and its userId.',
      metric: serviceMetric(METRICS.ledgerFindings),
      threshold: 0,
    });
  }
}
