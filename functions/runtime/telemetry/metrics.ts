import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ENV, METRIC_SHAPES, METRICS } from '../../../shared/contract.ts';
import { env } from '../env.ts';
import { LOGS_INFO } from './logger.ts';

/** A metric's name and value; `METRIC_SHAPES` has its unit. */
export type Figure = readonly [name: string, value: number];

/** Figures with the same dimensions. Each is published once under every set of dimensions. */
export interface MetricGroup {
  readonly dimensions: readonly Readonly<Record<string, string>>[];
  readonly figures: readonly Figure[];
}

const UNITS = new Map(METRIC_SHAPES.flatMap(({ names, unit }) => names.map((name) => [name, unit] as const)));

/**
 * Writes one log line that CloudWatch also reads as metrics. Groups must not have the same dimension with
 * different values, nor dimensions that name a user.
 *
 * @param record further fields of the line, no metrics; left out where the level of logs is above INFO
 */
export function publishMetrics(groups: readonly MetricGroup[], record: object = {}): void {
  const parts = groups.map(serialize);
  const CloudWatchMetrics = parts.flatMap(({ _aws }) => _aws.CloudWatchMetrics);
  const line = {
    ...(LOGS_INFO && record),
    ...Object.assign({}, ...parts),
    _aws: { Timestamp: Date.now(), CloudWatchMetrics },
  };
  // Not `console.log`: Lambda wraps its lines, and CloudWatch reads metrics only at the root of a line.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** One per environment: making it costs more than a line. It is empty between two groups. */
const metrics = /* @__PURE__ so that bundles without metrics leave it out */ createMetrics();

function createMetrics(): Metrics {
  const created = new Metrics({ namespace: env[ENV.metricsNamespace], serviceName: METRICS.service });
  // No `service` beside the dimensions of the group.
  created.clearDefaultDimensions();
  return created;
}

/**
 * A group in the embedded metric format. Powertools prints one line for each group; a decision with its
 * groups is to be one line.
 */
function serialize({ dimensions, figures }: MetricGroup): ReturnType<Metrics['serializeMetrics']> {
  for (const set of dimensions) metrics.addDimensions({ ...set });
  for (const [name, value] of figures) metrics.addMetric(name, UNITS.get(name) ?? MetricUnit.NoUnit, value);
  try {
    return metrics.serializeMetrics();
  } finally {
    metrics.clearDimensions();
    metrics.clearMetrics();
  }
}

/** Publishes metrics of the service as a whole, whose only dimension is `service`. */
export function publishServiceMetrics(figures: readonly Figure[], record?: object): void {
  publishMetrics([{ dimensions: [{ [METRICS.dimensions.service]: METRICS.service }], figures }], record);
}
