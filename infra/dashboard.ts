import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  Color,
  GraphWidget,
  type GraphWidgetProps,
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
  readonly alarms: readonly Alarm[];
}

const { cache, dimensions, job, lock, stripe } = METRICS;
const THIRD = 8;
const FULL = 24;
/** A widget takes at most so many. */
const ALARMS_A_WIDGET = 100;

/**
 * The service on one page, read from the top: is anything wrong, do callers get answers, do accounts and ledger agree, what
 * do the helpers (caches, locks, jobs, Stripe) do.
 */
export class Dashboard extends Construct {
  private readonly board: CloudWatchDashboard;

  constructor(scope: Construct, id: string, { table, alarms }: DashboardProps) {
    super(scope, id);
    this.board = new CloudWatchDashboard(this, 'Board', {
      defaultInterval: Duration.hours(3),
      periodOverride: PeriodOverride.INHERIT,
    });
    this.row('Is anything wrong? What to do at each alarm: docs/runbook.md', ...statusOf(alarms));
    this.row('Do callers get their answers?', decisions(), latency(), usage());
    this.row('Is the table well, and does the ledger keep up?', requests(table), projector(), broken());
    this.row('Caches and locks: only speed', ...caches(), locks());
    this.row('Stripe', stripeEvents(), stripeSync());
    this.row('Jobs and alerts: who tells people, and tidies up', jobRuns(), jobTimes(), alertsTold());
  }

  private row(title: string, ...widgets: (GraphWidget | AlarmStatusWidget)[]): void {
    this.board.addWidgets(new TextWidget({ markdown: `### ${title}`, width: FULL, height: 1 }));
    this.board.addWidgets(...widgets);
  }
}

/** Those of single functions stand behind the others. */
function statusOf(alarms: readonly Alarm[]): AlarmStatusWidget[] {
  const isOfFunction = (alarm: Alarm) => alarm.node.scope instanceof LambdaFunction;
  const ordered = [...alarms.filter((alarm) => !isOfFunction(alarm)), ...alarms.filter(isOfFunction)];
  const widgets: AlarmStatusWidget[] = [];
  for (let from = 0; from < ordered.length; from += ALARMS_A_WIDGET) {
    const some = ordered.slice(from, from + ALARMS_A_WIDGET);
    widgets.push(new AlarmStatusWidget({ alarms: some, width: FULL, height: 4 }));
  }
  return widgets;
}

const graph = (title: string, left: IMetric[], more: Partial<GraphWidgetProps> = {}) =>
  new GraphWidget({ title, left, width: THIRD, height: 6, ...more });

/** A figure under all values of its dimensions, which are known only at run time. */
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
  graph('Share of the limit that callers have used, percent', [
    serviceMetric(METRICS.usagePercent, { statistic: 'p50' }).with({ label: 'half of them up to' }),
    serviceMetric(METRICS.usagePercent, { statistic: 'p90' }).with({ label: 'nine in ten up to' }),
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
  graph('Ledger: how far behind, ms', [
    serviceMetric(METRICS.projectorLagMs, { statistic: 'p50' }).with({ label: 'p50' }),
    serviceMetric(METRICS.projectorLagMs, { statistic: 'max' }).with({ label: 'worst' }),
  ]);
const broken = () =>
  graph(
    'Ledger: what was accepted, what was written, what does not add up',
    [
      serviceMetric(METRICS.accepted).with({ label: 'accepted' }),
      serviceMetric(METRICS.ledgerEntries).with({ label: 'entries' }),
    ],
    { right: [serviceMetric(METRICS.invariantBroken).with({ color: Color.RED })] },
  );

function caches(): GraphWidget[] {
  // Ids of metrics are one per widget.
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
    graph('Hits, percent of look-ups', CACHE_KINDS.map(rate), { leftYAxis: { min: 0, max: 100 } }),
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
  graph('Stripe: what the sync found', [
    serviceMetric(stripe.syncChecked),
    serviceMetric(stripe.syncChanged),
    serviceMetric(stripe.syncDrifted),
    serviceMetric(stripe.syncFailed).with({ color: Color.RED }),
  ]);

const jobRuns = () => graph('Runs an hour, by job and outcome', [ofJobs(job.runs, 'Sum')]);
const jobTimes = () => graph('Longest run, ms', [ofJobs(job.durationMs, 'Maximum')]);
const alertsTold = () =>
  graph('Alerts', [serviceMetric(METRICS.alertsRaised).with({ label: 'raised' })], {
    right: [serviceMetric(METRICS.notificationsPending).with({ label: 'not told yet', color: Color.RED })],
  });
