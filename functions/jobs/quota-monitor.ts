import { monitorQuotas } from '../../shared/usecases/alerts/monitor-quotas.ts';
import { monitorDeps } from '../runtime/composition/notifications.ts';
import { recordMonitor } from '../runtime/telemetry/record-monitor.ts';
import { jobHandler } from './job-handler.ts';

/** Finds what the stream missed, and what only time shows, of everybody who is active, of others in turn, or of one user. */
export const handler = jobHandler('quota-monitor', async (options, context) => {
  const result = await monitorQuotas(monitorDeps(), options, context);
  recordMonitor(result);
  return result;
});
