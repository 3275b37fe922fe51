import { monitorQuotas } from '../../shared/usecases/alerts/monitor-quotas.ts';
import { monitorDeps } from '../runtime/composition/notifications.ts';
import { recordMonitor } from '../runtime/telemetry/record-monitor.ts';
import { jobHandler } from './job-handler.ts';

/**
 * Finds alerts that the stream missed, forecasts and anomalies: for active users, for the others in rotation,
 * or for one user.
 */
export const handler = jobHandler('quota-monitor', async (options, context) => {
  const result = await monitorQuotas(monitorDeps(), options, context);
  recordMonitor(result);
  return result;
});
