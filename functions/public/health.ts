import { checkHealth } from '../../shared/usecases/quota/check-health.ts';
import { httpHandler } from '../http/handler.ts';
import { healthDeps } from '../runtime/composition/core.ts';

/** 200 when the table answers; its faults become 503 as everywhere. */
export const handler = httpHandler('getHealth', {}, async () => {
  await checkHealth(healthDeps());
  return { status: 200, body: { status: 'ok' } };
});
