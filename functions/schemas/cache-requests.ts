import * as z from 'zod/mini';
import type { RequestShape } from '../runtime/request-shape.ts';
import { docs, userId } from './fields.ts';

export const warmUpCacheRequest = {
  body: z
    .strictObject({ userId: z.optional(userId) })
    .register(docs, { id: 'WarmUpRequest', description: 'One user; without `userId` every plan.' }),
} as const satisfies RequestShape;
