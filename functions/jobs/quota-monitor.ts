import { monitorQuotas } from '../../shared/usecases/monitor-quotas.ts';
import { jobHandler } from '../runtime/job-handler.ts';
import { monitorDeps } from '../runtime/news-composition.ts';

/** Finds what the stream missed, and what only time shows, of everybody who is active, or of one user. */
export const handler = jobHandler('quota-monitor', (options, context) =>
  monitorQuotas(monitorDeps(), options, context),
);
