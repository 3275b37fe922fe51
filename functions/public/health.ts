import { checkHealth } from '../../shared/usecases/quota/check-health.ts';
import { httpRoute } from '../http/route.ts';
import { healthDeps } from '../runtime/composition/core.ts';

/** Returns 200 if the table answers; its faults become 503. */
export const route = httpRoute('getHealth', {}, async () => {
  await checkHealth(healthDeps());
  return { status: 200, body: { status: 'ok' } };
});
