import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  MetricType,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ENTRIES, METRICS, TABLE } from '../shared/contract.ts';
import type { FunctionContext } from './function-context.ts';
import { privateBucket } from './private-bucket.ts';
import { QuotaFunction } from './quota-function.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { serviceMetric } from './service-metric.ts';

export interface LedgerStreamProps {
  readonly context: FunctionContext;
}

/**
 * The projector on the table's stream. Records that it cannot process in bounded time are stored whole in a
 * bucket, with an alarm: a record is late or set aside, never lost.
 */
export class LedgerStream extends Construct {
  constructor(scope: Construct, id: string, props: LedgerStreamProps) {
    super(scope, id);
    const streamArn = props.context.table.tableStreamArn;
    if (streamArn === undefined) throw new Error('the table has no stream');

    const setAside = privateBucket(this, 'SetAside', {
      withoutAccessLog:
        'Only the event source mapping writes here, rarely, and each object raises an alarm; a log bucket would only repeat that.',
    });
    const projector = this.projector(props.context, streamArn, setAside);
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
      // A queue would receive only the record's position, and the stream deletes the record after a day.
      onFailure: { bind: () => ({ destination: setAside.bucketArn }) },
      supportS3OnFailureDestination: true,
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    });
    this.alarmWhenLate(projector);
    this.alarmWhenStopped();
    this.alarmWhenSetAside(mapping);
    this.alarmWhenBroken();
  }

  private projector(context: FunctionContext, streamArn: string, setAside: Bucket): QuotaFunction {
    const projector = new QuotaFunction(this, 'Projector', {
      context,
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
      reason:
        'Lambda names the objects that it stores here; the statement allows adding them and nothing else.',
    });
    return projector;
  }

  private alarmWhenLate(projector: QuotaFunction): void {
    new RunbookAlarm(this, 'IteratorAgeAlarm', {
      summary: 'The ledger and the usage are more than a minute behind the accounts.',
      runbook:
        'Decisions stay correct, but operation ids accumulate in the accounts. The log of projector/handler names the record that fails. Fix and deploy: the projector retries for 12 hours.',
      metric: projector.metric('IteratorAge', { statistic: 'max', period: Duration.minutes(1) }),
      threshold: Duration.minutes(1).toMilliseconds(),
      // Half of them, so that late data points do not keep it quiet.
      evaluationPeriods: 10,
      datapointsToAlarm: 5,
    });
  }

  /** A stopped function publishes no iterator age. */
  private alarmWhenStopped(): void {
    // Units accepted at the end of a period may be projected in the next one: the longer the period, the less
    // that matters.
    const period = Duration.minutes(15);
    new RunbookAlarm(this, 'ProjectorStoppedAlarm', {
      summary:
        'In three of the last twelve quarter hours units were accepted, and the ledger received no entry.',
      runbook:
        'Check that the event source mapping of projector/handler is enabled and may read the stream. It resumes where it stopped. The stream keeps records for 24 hours.',
      metric: new MathExpression({
        label: 'accepted, not written',
        // A projector that never ran has published no entries: of two series, a missing value counts as 0
        // without FILL.
        expression: 'IF(accepted > 0 AND entries == 0 * accepted, 1, 0)',
        usingMetrics: {
          accepted: serviceMetric(this, METRICS.accepted, { period }),
          entries: serviceMetric(this, METRICS.ledgerEntries, { period }),
        },
        period,
      }),
      threshold: 0,
      // Not consecutive: hours may pass between two consumes of a quiet service.
      evaluationPeriods: 12,
      datapointsToAlarm: 3,
    });
  }

  /**
   * One alarm for each metric: an expression over metrics that Lambda may never publish may have no value.
   */
  private alarmWhenSetAside(mapping: EventSourceMapping): void {
    const count = (metricName: string) =>
      new Metric({
        namespace: 'AWS/Lambda',
        metricName,
        dimensionsMap: { EventSourceMappingUUID: mapping.eventSourceMappingId },
        statistic: 'sum',
        period: Duration.minutes(5),
      });
    new RunbookAlarm(this, 'SetAsideAlarm', {
      summary: 'The projector gave up on records: the ledger has a gap.',
      runbook:
        'The SetAside bucket has the whole records, one object per batch. Fix the cause, then invoke projector/handler with the payload of each object; projecting an entry twice is harmless.',
      metric: count('OnFailureDestinationDeliveredEventCount'),
      threshold: 0,
    });
    new RunbookAlarm(this, 'DroppedAlarm', {
      summary: 'Records of the stream were dropped and not set aside: the ledger has a gap.',
      runbook:
        'Check that the role of projector/handler may write to the SetAside bucket. The stream keeps records for 24 hours; the ledger audit names the accounts.',
      metric: count('DroppedEventCount'),
      threshold: 0,
    });
  }

  private alarmWhenBroken(): void {
    new RunbookAlarm(this, 'InvariantAlarm', {
      summary:
        'An account is inconsistent: remaining is not limit minus used minus held, or a version is missing.',
      runbook:
        'The log of projector/handler names the account and both images. Compare the account with its ledger, and stop deployments until the faulty write is found.',
      metric: serviceMetric(this, METRICS.invariantBroken),
      threshold: 0,
    });
    new RunbookAlarm(this, 'LedgerAuditAlarm', {
      summary: 'The ledger audit found accounts that contradict their ledger.',
      runbook:
        'The log line "ledger finding" of jobs/ledger-audit names each account and its fault; the run lists the first ones. Audit one account again with POST /v1/admin/jobs/ledger-audit and its userId.',
      metric: serviceMetric(this, METRICS.ledgerFindings),
      threshold: 0,
    });
  }
}
