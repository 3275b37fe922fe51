import { monitorQuotas } from '../../shared/usecases/monitor-quotas.ts';
import { jobHandler } from '../runtime/job-handler.ts';
import { monitorDeps } from '../runtime/news-composition.ts';
import { recordMonitor } from '../runtime/record-monitor.ts';

/** Finds what the stream missed, and what only time shows, of everybody who is active, of others in turn, or of one user. */
export const handler = jobHandler('quota-monitor', async (options, context) => {
  const result = await monitorQuotas(monitorDeps(), options, context);
  recordMonitor(result);
  return result;
});
