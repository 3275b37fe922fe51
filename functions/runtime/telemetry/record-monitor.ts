import { METRICS } from '../../../shared/contract.ts';
import type { MonitorResult } from '../../../shared/usecases/alerts/monitor-quotas.ts';
import { logger } from './logger.ts';
import { publishServiceMetrics } from './metrics.ts';

/** Publishes for a run of the monitor the metrics that the projector publishes per batch. */
export function recordMonitor({ counts: { raised, untold } }: Pick<MonitorResult, 'counts'>): void {
  publishServiceMetrics([
    [METRICS.alertsRaised, raised],
    [METRICS.notificationsPending, untold],
  ]);
  if (untold > 0) logger.warn('notifications pending: EventBridge or SNS rejected them', { untold });
}
