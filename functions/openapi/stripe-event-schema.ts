import * as z from 'zod/mini';
import { described } from '../http/requests/fields.ts';
import { component, flag, integer, oneOf, text, textOrNull } from './schema-parts.ts';

/** The request of Stripe's webhook. The function verifies the signature over the bytes, and Stripe's SDK reads the event. */

export const stripeSignatureHeader = z.object({
  'Stripe-Signature': described(z.string(), {
    description: 'The time of the delivery and its signatures with the secrets of the webhook endpoint.',
    examples: ['t=1795341729,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd'],
  }),
});

export const stripeEvent = component(
  'StripeEvent',
  {
    id: text("The event's id; an event that was handled is not handled again."),
    object: oneOf(['event'], 'The kind of object.'),
    api_version: textOrNull('The API version that `data` is rendered in.'),
    account: z.optional(text('The connected account that the event came from.')),
    context: z.optional(textOrNull('The context of the authentication that caused the event.')),
    created: integer('When the event was created, in seconds since 1970.'),
    livemode: flag('`false`: the event is from a test mode or sandbox.'),
    pending_webhooks: integer('Deliveries that have not succeeded yet.'),
    request: described(
      z.nullable(
        z.looseObject({
          id: textOrNull('The id of the request at Stripe.'),
          idempotency_key: textOrNull('The Idempotency-Key of the request at Stripe.'),
        }),
      ),
      { description: 'The request that caused the event; `null`: none did.' },
    ),
    type: text('What happened, such as `invoice.paid`. Types that do not concern this service are ignored.'),
    data: described(
      z.looseObject({
        object: described(z.record(z.string(), z.unknown()), {
          description: 'The Stripe object that the event is about.',
        }),
        previous_attributes: z.optional(
          described(z.record(z.string(), z.unknown()), {
            description: 'The old values of what an update changed.',
          }),
        ),
      }),
      { description: 'What the event is about.' },
    ),
  },
  'An event as Stripe delivers it (not a thin event).',
);
