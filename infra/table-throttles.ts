import type { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { INDEX } from '../shared/contract.ts';

const EVENTS = { read: 'ReadThrottleEvents', written: 'WriteThrottleEvents' };

/**
 * What DynamoDB turned away, of the table and its indexes, whatever was asked: the events are counted per table, and
 * those of an index apart. `ThrottledRequests` is counted per operation, which makes a list that can miss one, and of a
 * batch only when all of it was turned away.
 *
 * A figure is there only where something was turned away, so each is filled: the sum is never missing. For DynamoDB that
 * matters twice, since an alarm on its figures takes silence for "as before", whatever it is told about missing data.
 *
 * Source: DynamoDB's "Metrics and dimensions", CloudWatch's `PutMetricAlarm`.
 */
export function tableThrottles(table: Table, period: Duration): IMetric {
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
    label: 'turned away',
    expression: figures.map(([name]) => `FILL(${name}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(figures),
    period,
  });
}
