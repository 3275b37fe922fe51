import type { Resource } from '../../support/synth.ts';
import { type AlarmState, nextState, PERIODS_RETRIEVED_BEYOND } from './alarm-state.ts';
import { evaluateMath, type Series } from './metric-math.ts';

/** A published value. */
export interface Sample {
  /** Minutes since the alarm was created; negative ones are before. */
  readonly at: number;
  readonly value: number;
  /** Minutes at which it is published; absent: at once. */
  readonly publishedAt?: number;
}

export interface AlarmMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** The published samples of each metric. */
export type History = (metric: AlarmMetric) => readonly Sample[];

/** What AWS does not document, or what varies: an alarm has to be right whatever it is. */
export interface Conditions {
  /** Minutes until a sample is visible. */
  readonly lag: number;
  /** Whether periods begin at multiples of their length, or move on by the minute. */
  readonly isAligned: boolean;
  /** Whether `FILL` fills the series of a metric that was never published. */
  readonly fillsAbsent: boolean;
}

export const CONDITIONS: readonly Conditions[] = [0, 3, 6].flatMap((lag) =>
  [true, false].flatMap((isAligned) => [true, false].map((fillsAbsent) => ({ lag, isAligned, fillsAbsent }))),
);

interface Figure {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: AlarmMetric; readonly Period: number; readonly Stat: string };
  readonly ReturnData?: boolean;
}

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** The metrics of an alarm, those of its expressions included. */
export function metricsOf(alarm: Resource): AlarmMetric[] {
  return figuresOf(alarm).flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
}

/**
 * Runs an alarm over a history, from its creation on.
 *
 * @returns the states that it enters, in order, without the first `INSUFFICIENT_DATA`
 */
export function statesOf(
  alarm: Resource,
  history: History,
  minutes: number,
  conditions: Conditions,
): AlarmState[] {
  const watched = new WatchedAlarm(alarm, history, conditions);
  const states: AlarmState[] = ['INSUFFICIENT_DATA'];
  for (let now = 1; now <= minutes; now += watched.everyMinutes) {
    const current = states.at(-1) ?? 'INSUFFICIENT_DATA';
    const next = watched.stateAt(now, current);
    if (next !== current) states.push(next);
  }
  return states.slice(1);
}

/** The states of an alarm that notify the operator. */
export function pagingStatesOf({ Properties }: Resource): AlarmState[] {
  return [
    ...(Properties.AlarmActions?.length ? (['ALARM'] as const) : []),
    ...(Properties.InsufficientDataActions?.length ? (['INSUFFICIENT_DATA'] as const) : []),
  ];
}

function figuresOf({ Properties }: Resource): Figure[] {
  if (Properties.Metrics) return Properties.Metrics;
  const { Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic } = Properties;
  const Metric = { Namespace, MetricName, Dimensions };
  return [{ Id: 'only', MetricStat: { Metric, Period, Stat: Statistic ?? ExtendedStatistic } }];
}

class WatchedAlarm {
  readonly #alarm: Resource;
  readonly #figures: readonly Figure[];
  readonly #samples: ReadonlyMap<string, readonly Sample[]>;
  readonly #conditions: Conditions;
  readonly #period: number;
  readonly #length: number;

  constructor(alarm: Resource, history: History, conditions: Conditions) {
    this.#alarm = alarm;
    this.#figures = figuresOf(alarm);
    this.#conditions = conditions;
    const stats = this.#figures.flatMap(({ Id, MetricStat }) => (MetricStat ? [{ Id, ...MetricStat }] : []));
    this.#samples = new Map(stats.map(({ Id, Metric }) => [Id, history(Metric)]));
    const [period = 0, ...others] = new Set(stats.map(({ Period }) => Period / 60));
    if (others.length > 0) throw new Error(`${alarm.id} mixes periods`);
    this.#period = period;
    this.#length = alarm.Properties.EvaluationPeriods + PERIODS_RETRIEVED_BEYOND;
  }

  /** CloudWatch evaluates every minute; a period of hours gains nothing from that. */
  get everyMinutes(): number {
    return Math.max(1, Math.floor(this.#period / 12));
  }

  stateAt(now: number, current: AlarmState): AlarmState {
    const { Threshold, ComparisonOperator, EvaluationPeriods, DatapointsToAlarm, TreatMissingData } =
      this.#alarm.Properties;
    const compare = COMPARISONS[ComparisonOperator];
    if (!compare) throw new Error(`unknown comparison ${ComparisonOperator}`);
    const ofDynamoDb = this.#figures.some(
      ({ MetricStat }) => MetricStat?.Metric.Namespace === 'AWS/DynamoDB',
    );
    const returned = this.#figures.find(({ ReturnData = true }) => ReturnData);
    return nextState(
      this.#seriesAt(now, returned?.Id ?? ''),
      {
        isBreaching: (value) => compare(value, Threshold),
        evaluationPeriods: EvaluationPeriods,
        datapointsToAlarm: DatapointsToAlarm ?? EvaluationPeriods,
        // "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data"
        // (PutMetricAlarm).
        treatMissingData: ofDynamoDb ? 'ignore' : (TreatMissingData ?? 'missing'),
      },
      current,
    );
  }

  #seriesAt(now: number, id: string): Series {
    const figure = this.#figures.find(({ Id }) => Id === id);
    if (figure?.Expression) {
      return evaluateMath(figure.Expression, {
        read: (other) => this.#seriesAt(now, other),
        length: this.#length,
        isFilled: (series) => this.#conditions.fillsAbsent || series.some((value) => value !== undefined),
      });
    }
    if (!figure?.MetricStat) throw new Error(`${this.#alarm.id} has no figure ${id}`);
    const visible = this.#samplesAt(now, id);
    const end = this.#conditions.isAligned ? Math.floor(now / this.#period) * this.#period : now;
    const { Stat } = figure.MetricStat;
    return Array.from({ length: this.#length }, (_, at) => {
      const from = end - (this.#length - at) * this.#period;
      const inPeriod = visible.filter((sample) => sample.at >= from && sample.at < from + this.#period);
      return statistic(
        Stat,
        inPeriod.map(({ value }) => value),
      );
    });
  }

  #samplesAt(now: number, id: string): Sample[] {
    return (this.#samples.get(id) ?? []).filter(
      ({ at, publishedAt = at }) => publishedAt + this.#conditions.lag < now,
    );
  }
}

function statistic(name: string, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  const sorted = [...values].sort((a, b) => a - b);
  switch (name) {
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'Maximum':
      return sorted.at(-1);
    case 'p99':
      return sorted[Math.ceil(0.99 * values.length) - 1];
    default:
      throw new Error(`unknown statistic ${name}`);
  }
}
