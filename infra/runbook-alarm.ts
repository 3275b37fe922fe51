import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

export interface RunbookAlarmProps {
  readonly metric: IMetric;
  /** The alarm fires above this value, in the metric's unit, unless `comparisonOperator` differs. */
  readonly threshold: number;
  /** The problem, in one sentence. */
  readonly summary: string;
  /** The first step of the operator. */
  readonly runbook: string;
  /**
   * Anchor of its section in `docs/runbook.md`.
   * @default - from the id: `IteratorAgeAlarm` is `iterator-age`
   */
  readonly section?: string;
  /**
   * Consecutive periods that must be above the threshold.
   * @default 1
   */
  readonly evaluationPeriods?: number;
  /**
   * How many of those periods suffice.
   * @default - all of them
   */
  readonly datapointsToAlarm?: number;
  /** @default ComparisonOperator.GREATER_THAN_THRESHOLD */
  readonly comparisonOperator?: ComparisonOperator;
  /**
   * How periods without data count.
   * @default TreatMissingData.NOT_BREACHING
   */
  readonly treatMissingData?: TreatMissingData;
  /**
   * Its recipient: the operator, or the owners of the product where the service itself works.
   * @default 'operator'
   */
  readonly audience?: 'operator' | 'product';
  /**
   * Whether it also notifies when its data ends. A new alarm has no data and does not notify.
   * @default false
   */
  readonly notifiesWithoutData?: boolean;
}

/**
 * An alarm whose description names the fault, the first step and the runbook section. The stack adds the
 * recipient.
 */
export class RunbookAlarm extends Alarm {
  readonly audience: 'operator' | 'product';
  private readonly notifiesWithoutData: boolean;

  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    const section = props.section ?? sectionOf(id);
    super(scope, id, {
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.comparisonOperator ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: props.evaluationPeriods ?? 1,
      ...(props.datapointsToAlarm !== undefined && { datapointsToAlarm: props.datapointsToAlarm }),
      treatMissingData: props.treatMissingData ?? TreatMissingData.NOT_BREACHING,
      alarmDescription: runbookDescription(props, section),
    });
    this.audience = props.audience ?? 'operator';
    this.notifiesWithoutData = props.notifiesWithoutData ?? false;
  }

  notify(action: IAlarmAction): void {
    this.addAlarmAction(action);
    if (this.notifiesWithoutData) this.addInsufficientDataAction(action);
  }
}

/** The description of an alarm: the fault, the first step and the section of the runbook. */
export function runbookDescription(
  { summary, runbook }: Pick<RunbookAlarmProps, 'summary' | 'runbook'>,
  section: string,
): string {
  return `${summary} ${runbook} See docs/runbook.md#${section}`;
}

function sectionOf(id: string): string {
  const words = id.replace(/Alarm$/, '').match(/[A-Z][a-z0-9]*/g) ?? [];
  return words.join('-').toLowerCase();
}
