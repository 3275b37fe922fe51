import type { MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../../../shared/contract.ts';
import { metrics } from './metrics.ts';

type Figure = readonly [name: string, unit: (typeof MetricUnit)[keyof typeof MetricUnit], value: number];

/** Publishes metrics of the service as a whole: one embedded metric document, whose only dimension is `service`. */
export function publishServiceMetrics(figures: readonly Figure[]): void {
  metrics.addDimension(METRICS.dimensions.service, METRICS.service);
  for (const [name, unit, value] of figures) metrics.addMetric(name, unit, value);
  metrics.publishStoredMetrics();
}
