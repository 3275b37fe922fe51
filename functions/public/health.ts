import { httpHandler } from '../http/handler.ts';
import { tableProbe } from '../runtime/composition/core.ts';

/** 200 when the table answers; its faults become 503 as everywhere. */
export const handler = httpHandler('getHealth', {}, async () => {
  await tableProbe().ask();
  return { status: 200, body: { status: 'ok' } };
});
