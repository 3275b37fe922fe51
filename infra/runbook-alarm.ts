import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

export interface RunbookAlarmProps {
  readonly metric: IMetric;
  /** The alarm goes off above this value, in the metric's unit, or where `comparisonOperator` says. */
  readonly threshold: number;
  /** What is wrong, for somebody who was asleep. */
  readonly says: string;
  /** What to do first. */
  readonly runbook: string;
  /**
   * Its section in `docs/runbook.md`, as a link names it.
   * @default - from the id: `IteratorAgeAlarm` is `iterator-age`
   */
  readonly section?: string;
  /**
   * Periods in a row that must be above the threshold.
   * @default 1
   */
  readonly evaluationPeriods?: number;
  /**
   * How many of those periods are enough.
   * @default - all of them
   */
  readonly datapointsToAlarm?: number;
  /** @default ComparisonOperator.GREATER_THAN_THRESHOLD */
  readonly comparisonOperator?: ComparisonOperator;
  /**
   * What silence means.
   * @default TreatMissingData.NOT_BREACHING
   */
  readonly treatMissingData?: TreatMissingData;
}

/** An alarm that says what is wrong and what to do. The stack gives every alarm its recipient. */
export class RunbookAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    const section = props.section ?? sectionOf(id);
    super(scope, id, {
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.comparisonOperator ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: props.evaluationPeriods ?? 1,
      ...(props.datapointsToAlarm !== undefined && { datapointsToAlarm: props.datapointsToAlarm }),
      treatMissingData: props.treatMissingData ?? TreatMissingData.NOT_BREACHING,
      alarmDescription: `${props.says} ${props.runbook} See docs/runbook.md#${section}`,
    });
  }
}

function sectionOf(id: string): string {
  const words = id.replace(/Alarm$/, '').match(/[A-Z][a-z0-9]*/g) ?? [];
  return words.join('-').toLowerCase();
}
