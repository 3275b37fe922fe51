import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  Color,
  GraphWidget,
  type GraphWidgetProps,
  type IAlarm,
  type IMetric,
  MathExpression,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CACHE_KINDS, METRICS } from '../shared/contract.ts';
import { cacheMetric, serviceMetric } from './service-metric.ts';
import { tableThrottles } from './table-throttles.ts';

export interface DashboardProps {
  readonly table: Table;
  /** The most important ones first. */
  readonly alarms: readonly IAlarm[];
}

const { cache, dimensions, job, lock, stripe } = METRICS;
const THIRD = 8;
const FULL = 24;

/**
 * The service on one page, from top to bottom: alarms, callers' answers, table and ledger, caches and locks,
 * Stripe, jobs.
 */
export class Dashboard extends Construct {
  private readonly board: CloudWatchDashboard;

  constructor(scope: Construct, id: string, { table, alarms }: DashboardProps) {
    super(scope, id);
    this.board = new CloudWatchDashboard(this, 'Board', {
      defaultInterval: Duration.hours(3),
      periodOverride: PeriodOverride.INHERIT,
    });
    this.row('Alarms (what to do: docs/runbook.md)', statusOf(alarms));
    this.row('Decisions', decisions(), latency(), usage());
    this.row('Table and ledger', requests(table), projector(), broken());
    this.row('Caches and locks (they affect speed only)', ...caches(), locks());
    this.row('Stripe', stripeEvents(), stripeSync());
    this.row('Jobs and alerts', jobRuns(), jobTimes(), alertsRaised());
  }

  private row(title: string, ...widgets: (GraphWidget | AlarmStatusWidget)[]): void {
    this.board.addWidgets(new TextWidget({ markdown: `### ${title}`, width: FULL, height: 1 }));
    this.board.addWidgets(...widgets);
  }
}

/** Alarms of single functions come last. */
function statusOf(alarms: readonly IAlarm[]): AlarmStatusWidget {
  const isOfFunction = (alarm: IAlarm) => alarm.node.scope instanceof LambdaFunction;
  const ordered = [...alarms.filter((alarm) => !isOfFunction(alarm)), ...alarms.filter(isOfFunction)];
  return new AlarmStatusWidget({ alarms: ordered, width: FULL, height: 4 });
}

const graph = (title: string, left: IMetric[], more: Partial<GraphWidgetProps> = {}) =>
  new GraphWidget({ title, left, width: THIRD, height: 6, ...more });

/** A metric under all values of its dimensions, which are known only at run time. */
function search(metricName: string, statistic: string, names: readonly string[], period: Duration): IMetric {
  return new MathExpression({
    expression: `SEARCH('{${METRICS.namespace},${names.join(',')}} MetricName="${metricName}"', '${statistic}')`,
    label: '',
    period,
    usingMetrics: {},
  });
}
const ofDecisions = (metricName: string, statistic: string) =>
  search(metricName, statistic, [dimensions.feature, dimensions.outcome], Duration.minutes(1));
const ofJobs = (metricName: string, statistic: string) =>
  search(metricName, statistic, [dimensions.job, dimensions.outcome], Duration.hours(1));

const decisions = () =>
  graph('Decisions a minute, by feature and outcome', [ofDecisions(METRICS.decision, 'Sum')], {
    stacked: true,
  });
const latency = () => graph('Decision latency p99, ms', [ofDecisions(METRICS.decisionLatencyMs, 'p99')]);
const usage = () =>
  graph('Usage of the limit after a consume, percent', [
    serviceMetric(METRICS.usagePercent, { statistic: 'p50' }).with({ label: 'median' }),
    serviceMetric(METRICS.usagePercent, { statistic: 'p90' }).with({ label: 'p90' }),
  ]);

const requests = (table: Table) =>
  graph(
    'Table: units written and read a minute',
    [
      table.metricConsumedWriteCapacityUnits({ period: Duration.minutes(1), label: 'written' }),
      table.metricConsumedReadCapacityUnits({ period: Duration.minutes(1), label: 'read' }),
    ],
    { right: [tableThrottles(table, Duration.minutes(1))] },
  );
const projector = () =>
  graph('Ledger: lag, ms', [
    serviceMetric(METRICS.projectorLagMs, { statistic: 'p50' }).with({ label: 'p50' }),
    serviceMetric(METRICS.projectorLagMs, { statistic: 'max' }).with({ label: 'max' }),
  ]);
const broken = () =>
  graph(
    'Ledger: accepted operations, entries, broken invariants',
    [
      serviceMetric(METRICS.accepted).with({ label: 'accepted' }),
      serviceMetric(METRICS.ledgerEntries).with({ label: 'entries' }),
    ],
    { right: [serviceMetric(METRICS.invariantBroken).with({ color: Color.RED })] },
  );

function caches(): GraphWidget[] {
  // Metric ids must be unique in a widget.
  const rate = (kind: string) =>
    new MathExpression({
      label: kind,
      expression: `100 * (FILL(l1${kind}, 0) + FILL(l2${kind}, 0)) / (FILL(l1${kind}, 0) + FILL(l2${kind}, 0) + FILL(missed${kind}, 0))`,
      usingMetrics: {
        [`l1${kind}`]: cacheMetric(cache.l1Hits, kind),
        [`l2${kind}`]: cacheMetric(cache.l2Hits, kind),
        [`missed${kind}`]: cacheMetric(cache.misses, kind),
      },
    });
  return [
    graph('Cache hits, percent of look-ups', CACHE_KINDS.map(rate), { leftYAxis: { min: 0, max: 100 } }),
    graph(
      'Redis: errors',
      CACHE_KINDS.map((kind) => cacheMetric(cache.errors, kind).with({ label: kind })),
    ),
  ];
}
const locks = () =>
  graph(
    'Locks',
    Object.values(lock).map((name) => serviceMetric(name)),
    {
      right: [serviceMetric(METRICS.lockWaitMs, { statistic: 'p99' }).with({ label: 'wait p99, ms' })],
    },
  );

const stripeEvents = () =>
  graph("Stripe's events", [
    serviceMetric(stripe.eventHandled),
    serviceMetric(stripe.eventRepeated),
    serviceMetric(stripe.eventIgnored),
    serviceMetric(stripe.eventRefused),
    serviceMetric(stripe.eventFailed).with({ color: Color.RED }),
  ]);
const stripeSync = () =>
  graph('Stripe sync', [
    serviceMetric(stripe.syncChecked),
    serviceMetric(stripe.syncChanged),
    serviceMetric(stripe.syncDrifted),
    serviceMetric(stripe.syncFailed).with({ color: Color.RED }),
  ]);

const jobRuns = () => graph('Runs an hour, by job and outcome', [ofJobs(job.runs, 'Sum')]);
const jobTimes = () => graph('Longest run, ms', [ofJobs(job.durationMs, 'Maximum')]);
const alertsRaised = () =>
  graph('Alerts', [serviceMetric(METRICS.alertsRaised).with({ label: 'raised' })], {
    right: [serviceMetric(METRICS.notificationsPending).with({ label: 'pending', color: Color.RED })],
  });
