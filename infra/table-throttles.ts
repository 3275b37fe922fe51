import type { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { INDEX } from '../shared/contract.ts';

const EVENTS = { read: 'ReadThrottleEvents', written: 'WriteThrottleEvents' };

/**
 * Requests that DynamoDB throttled at the table and its indexes, of any operation. DynamoDB counts these
 * events per table, and those of an index separately. It counts `ThrottledRequests` per operation, so a list
 * could miss one, and counts a batch only when all of it was throttled.
 *
 * DynamoDB publishes these metrics only where it throttled something, so each is filled and the sum is never
 * missing after the first throttle: an alarm on a DynamoDB metric keeps its state while data is missing,
 * whatever the value of `TreatMissingData`.
 *
 * Source: DynamoDB's "Metrics and dimensions", CloudWatch's `PutMetricAlarm`.
 */
export function tableThrottles(table: ITable, period: Duration): IMetric {
  const places = [
    ['table', undefined] as const,
    ...Object.values(INDEX).map(({ name }) => [name, name] as const),
  ];
  const figures = places.flatMap(([place, index]) =>
    Object.entries(EVENTS).map(([way, metricName]) => {
      const dimensionsMap = { TableName: table.tableName, ...(index && { GlobalSecondaryIndexName: index }) };
      const metric = new Metric({
        namespace: 'AWS/DynamoDB',
        metricName,
        dimensionsMap,
        statistic: 'sum',
        period,
      });
      return [`${way}_${place}`, metric] as const;
    }),
  );
  return new MathExpression({
    label: 'throttled',
    expression: figures.map(([name]) => `FILL(${name}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(figures),
    period,
  });
}
