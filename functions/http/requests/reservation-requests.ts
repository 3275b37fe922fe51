import * as z from 'zod/mini';
import type { RequestShape } from '../request-shape.ts';
import { contextFields } from './context.ts';
import { AMOUNT_BOUND_TEXT, amount, described, feature, units, userId } from './fields.ts';

const MAX_TTL_SECONDS = 86_400;

const path = z.strictObject({
  reservationId: described(
    z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must have 1 to 64 letters, digits, _ and -')),
    {
      description: 'The `reservationId` from the response that created the reservation.',
      examples: ['q3Zk0vXb1T9hYw2L'],
    },
  ),
});

export const createReservationRequest = {
  body: described(
    z.strictObject({
      userId,
      type: feature,
      amount,
      ttlSeconds: z._default(
        described(
          z
            .int(`must be an integer from 1 to ${MAX_TTL_SECONDS}`)
            .check(
              z.gte(1, `must be an integer from 1 to ${MAX_TTL_SECONDS}`),
              z.lte(MAX_TTL_SECONDS, `must be an integer from 1 to ${MAX_TTL_SECONDS}`),
            ),
          { description: 'Lifetime of the reservation, after which its units are returned.' },
        ),
        300,
      ),
      ...contextFields,
    }),
    { id: 'ReservationRequest' },
  ),
  isIdempotent: true,
  isBounded: true,
} as const satisfies RequestShape;

export const confirmReservationRequest = {
  path,
  body: described(
    z.strictObject({
      userId,
      amount: units(
        0,
        `The amount actually used. It is booked in full, even beyond the reservation and the quota. ${AMOUNT_BOUND_TEXT}`,
      ),
    }),
    { id: 'ConfirmRequest' },
  ),
  isBounded: true,
} as const satisfies RequestShape;

export const releaseReservationRequest = {
  path,
  body: described(z.strictObject({ userId }), { id: 'ReleaseReservationRequest' }),
} as const satisfies RequestShape;
