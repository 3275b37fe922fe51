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
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CACHE_KINDS, METRICS } from '../shared/contract.ts';
import { cacheMetric, metricsNamespace, serviceMetric } from './service-metric.ts';
import { tableThrottles } from './table-throttles.ts';

export interface DashboardProps {
  readonly table: ITable;
  /** The most important ones first. */
  readonly alarms: readonly IAlarm[];
}

const { cache, dimensions, job, lock, stripe } = METRICS;
const THIRD = 8;
const FULL = 24;

/**
 * The service on one page, from top to bottom: alarms, callers' answers, table and ledger, caches and locks,
 * API keys, Stripe, jobs.
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
    this.row('Decisions', decisions(this), latency(this), usage(this));
    this.row('Table and ledger', requests(table), projector(this), broken(this));
    this.row('Caches and locks (they affect speed only)', ...caches(this), locks(this));
    this.row('API keys', unknownKeys(this), limitedRequests(this));
    this.row('Stripe', stripeEvents(this), stripeSync(this));
    this.row('Jobs and alerts', jobRuns(this), jobTimes(this), alertsRaised(this));
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
function search(
  scope: Construct,
  metricName: string,
  statistic: string,
  names: readonly string[],
  period: Duration,
): IMetric {
  // CloudWatch requires the quotes around a name with a hyphen.
  const schema = [`"${metricsNamespace(scope)}"`, ...names].join(',');
  return new MathExpression({
    expression: `SEARCH('{${schema}} MetricName="${metricName}"', '${statistic}')`,
    label: '',
    period,
    usingMetrics: {},
  });
}
const ofDecisions = (scope: Construct, metricName: string, statistic: string) =>
  search(scope, metricName, statistic, [dimensions.feature, dimensions.outcome], Duration.minutes(1));
const ofJobs = (scope: Construct, metricName: string, statistic: string) =>
  search(scope, metricName, statistic, [dimensions.job, dimensions.outcome], Duration.hours(1));

const decisions = (scope: Construct) =>
  graph('Decisions a minute, by feature and outcome', [ofDecisions(scope, METRICS.decision, 'Sum')], {
    stacked: true,
  });
const latency = (scope: Construct) =>
  graph('Latency, ms: decisions by feature and outcome, p99; the canary, from outside', [
    ofDecisions(scope, METRICS.decisionLatencyMs, 'p99'),
    serviceMetric(scope, METRICS.canary.latencyMs, { statistic: 'max' }).with({ label: 'canary' }),
  ]);
const usage = (scope: Construct) =>
  graph('Usage of the limit after a consume, percent', [
    serviceMetric(scope, METRICS.usagePercent, { statistic: 'p50' }).with({ label: 'median' }),
    serviceMetric(scope, METRICS.usagePercent, { statistic: 'p90' }).with({ label: 'p90' }),
  ]);

const requests = (table: ITable) =>
  graph(
    'Table: units written and read a minute',
    [
      table.metricConsumedWriteCapacityUnits({ period: Duration.minutes(1), label: 'written' }),
      table.metricConsumedReadCapacityUnits({ period: Duration.minutes(1), label: 'read' }),
    ],
    { right: [tableThrottles(table, Duration.minutes(1))] },
  );
const projector = (scope: Construct) =>
  graph('Ledger: lag, ms', [
    serviceMetric(scope, METRICS.projectorLagMs, { statistic: 'p50' }).with({ label: 'p50' }),
    serviceMetric(scope, METRICS.projectorLagMs, { statistic: 'max' }).with({ label: 'max' }),
  ]);
const broken = (scope: Construct) =>
  graph(
    'Ledger: accepted operations, entries, broken invariants',
    [
      serviceMetric(scope, METRICS.accepted).with({ label: 'accepted' }),
      serviceMetric(scope, METRICS.ledgerEntries).with({ label: 'entries' }),
    ],
    { right: [serviceMetric(scope, METRICS.invariantBroken).with({ color: Color.RED })] },
  );

function caches(scope: Construct): GraphWidget[] {
  // Metric ids must be unique in a widget.
  const rate = (kind: string) =>
    new MathExpression({
      label: kind,
      expression: `100 * (FILL(l1${kind}, 0) + FILL(l2${kind}, 0)) / (FILL(l1${kind}, 0) + FILL(l2${kind}, 0) + FILL(missed${kind}, 0))`,
      usingMetrics: {
        [`l1${kind}`]: cacheMetric(scope, cache.l1Hits, kind),
        [`l2${kind}`]: cacheMetric(scope, cache.l2Hits, kind),
        [`missed${kind}`]: cacheMetric(scope, cache.misses, kind),
      },
    });
  return [
    graph('Cache hits, percent of look-ups', CACHE_KINDS.map(rate), { leftYAxis: { min: 0, max: 100 } }),
    graph(
      'Redis: errors',
      CACHE_KINDS.map((kind) => cacheMetric(scope, cache.errors, kind).with({ label: kind })),
    ),
  ];
}
const locks = (scope: Construct) =>
  graph(
    'Locks',
    Object.values(lock).map((name) => serviceMetric(scope, name)),
    {
      right: [serviceMetric(scope, METRICS.lockWaitMs, { statistic: 'p99' }).with({ label: 'wait p99, ms' })],
    },
  );

const unknownKeys = (scope: Construct) =>
  graph('Unknown keys that were looked up', [serviceMetric(scope, METRICS.keys.unknown)]);
const limitedRequests = (scope: Construct) =>
  graph('Requests above the rate limit of their key', [serviceMetric(scope, METRICS.keys.rateLimited)]);

const stripeEvents = (scope: Construct) =>
  graph("Stripe's events", [
    serviceMetric(scope, stripe.eventHandled),
    serviceMetric(scope, stripe.eventRepeated),
    serviceMetric(scope, stripe.eventIgnored),
    serviceMetric(scope, stripe.eventRefused),
    serviceMetric(scope, stripe.eventFailed).with({ color: Color.RED }),
  ]);
const stripeSync = (scope: Construct) =>
  graph('Stripe sync', [
    serviceMetric(scope, stripe.syncChecked),
    serviceMetric(scope, stripe.syncChanged),
    serviceMetric(scope, stripe.syncDrifted),
    serviceMetric(scope, stripe.syncFailed).with({ color: Color.RED }),
  ]);

const jobRuns = (scope: Construct) =>
  graph('Runs an hour, by job and outcome', [ofJobs(scope, job.runs, 'Sum')]);
const jobTimes = (scope: Construct) => graph('Longest run, ms', [ofJobs(scope, job.durationMs, 'Maximum')]);
const alertsRaised = (scope: Construct) =>
  graph('Alerts', [serviceMetric(scope, METRICS.alertsRaised).with({ label: 'raised' })], {
    right: [serviceMetric(scope, METRICS.notificationsPending).with({ label: 'pending', color: Color.RED })],
  });
