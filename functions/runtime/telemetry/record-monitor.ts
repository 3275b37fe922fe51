import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../../../shared/contract.ts';
import type { MonitorResult } from '../../../shared/usecases/alerts/monitor-quotas.ts';
import { logger } from './logger.ts';
import { publishServiceMetrics } from './service-metrics.ts';

/** The figures that the projector has of its batches, of a run of the monitor. */
export function recordMonitor({ counts: { raised, untold } }: Pick<MonitorResult, 'counts'>): void {
  publishServiceMetrics([
    [METRICS.alertsRaised, MetricUnit.Count, raised],
    [METRICS.notificationsPending, MetricUnit.Count, untold],
  ]);
  if (untold > 0) logger.warn('left to the next run: EventBridge or SNS did not take it', { untold });
}
