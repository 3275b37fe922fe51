import * as z from 'zod/mini';
import type { RequestShape } from '../request-shape.ts';
import { described, userId } from './fields.ts';

export const warmUpCacheRequest = {
  body: described(z.strictObject({ userId: z.optional(userId) }), {
    id: 'WarmUpRequest',
    description: 'Warms up one user; without `userId`, every plan.',
  }),
} as const satisfies RequestShape;
