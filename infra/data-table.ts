import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ContributorInsightsMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { INDEX, TABLE } from '../shared/contract.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import type { Settings } from './settings.ts';
import { tableThrottles } from './table-throttles.ts';

/** With a name and a stream: a restored table, in place of the stack's own. */
export type DataTableProps = Pick<Settings, 'tableName' | 'tableStreamArn' | 'warmThroughput'>;

/** The one table: accounts, ledger, plans, keys. It outlives the stack. */
export class DataTable extends Construct {
  readonly table: ITable;
  readonly throttledAlarm: RunbookAlarm;

  constructor(scope: Construct, id: string, props: DataTableProps = {}) {
    super(scope, id);
    const { tableName, tableStreamArn } = props;
    this.table =
      tableName !== undefined && tableStreamArn !== undefined
        ? Table.fromTableAttributes(this, 'Table', { tableName, tableStreamArn })
        : this.ownTable(props);
    this.throttledAlarm = this.alarmWhenThrottled();
  }

  private ownTable({ warmThroughput }: DataTableProps): ITable {
    const capacity = {
      // Lists the throttled keys, for the runbook. The mode with all keys would be paid for each request.
      contributorInsightsSpecification: { enabled: true, mode: ContributorInsightsMode.THROTTLED_KEYS },
      ...(warmThroughput && {
        warmThroughput: {
          readUnitsPerSecond: warmThroughput.read,
          writeUnitsPerSecond: warmThroughput.write,
        },
      }),
    };
    const table = new Table(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      ...capacity,
      timeToLiveAttribute: TABLE.ttl,
      // The projector derives the ledger entry from both images.
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      // The AWS owned key of DynamoDB: with a KMS key every decision would depend on a second service, its
      // quota and its price, and the data is counters and opaque user ids.
      encryption: TableEncryption.DEFAULT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Without protection against deletion by hand, which would make the rollback of a failed first
      // deployment fail: the seed enables it at the end of the deployment.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    for (const index of Object.values(INDEX)) {
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: { name: index.partitionKey, type: KEY_TYPE[index.partitionKeyType] },
        sortKey: { name: index.sortKey, type: AttributeType.NUMBER },
        ...projection(index.include),
        // A throttled index throttles the writes to the table.
        ...capacity,
      });
    }
    return table as ITable; // it implements it, but for `exactOptionalPropertyTypes`
  }

  private alarmWhenThrottled(): RunbookAlarm {
    return new RunbookAlarm(this, 'TableThrottledAlarm', {
      summary: 'DynamoDB throttled requests to the table.',
      runbook:
        'The usual cause is one account with more than 1,000 writes a second. Contributor Insights of the table lists the throttled keys.',
      metric: tableThrottles(this.table, Duration.minutes(5)),
      threshold: 10,
      // A filled metric that arrives late is 0 in the newest period.
      evaluationPeriods: 3,
      datapointsToAlarm: 1,
    });
  }
}

function projection(include: readonly string[]) {
  return include.length === 0
    ? { projectionType: ProjectionType.KEYS_ONLY }
    : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...include] };
}

const KEY_TYPE = { N: AttributeType.NUMBER, S: AttributeType.STRING };
