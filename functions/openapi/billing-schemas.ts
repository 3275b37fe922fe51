import * as z from 'zod/mini';
import { SUBSCRIPTION_STATUSES } from '../../shared/domain/subscription.ts';
import { docs } from '../schemas/fields.ts';

/** What answers about money look like. Loose: an answer may gain members within a version of the API. */

const text = z.string();
const instant = z.iso.datetime();
const instantOrNull = z.nullable(instant);

const subscription = z
  .looseObject({
    planId: z
      .nullable(text)
      .register(docs, { description: '`null`: no plan has its price any more, and it grants nothing.' }),
    status: z.enum(SUBSCRIPTION_STATUSES),
    currentPeriodStart: instant,
    currentPeriodEnd: instant,
    cancelAtPeriodEnd: z.boolean(),
    endsAt: instantOrNull,
    graceEndsAt: z.nullable(instant).register(docs, {
      description: 'Until when a subscription whose payment failed still grants its plan.',
    }),
    trialEndsAt: instantOrNull,
    endedAt: instantOrNull,
    stripe: z
      .looseObject({ status: text, customerId: text, subscriptionId: text, priceId: text })
      .register(docs, { description: 'As Stripe names it.' }),
    version: z.int(),
    savedAt: instant,
  })
  .register(docs, { id: 'Subscription' });

const nextCursor = z
  .nullable(text)
  .register(docs, { description: 'The `cursor` of the next page; `null`: there is none.' });

export const userSubscription = z
  .looseObject({
    userId: text,
    subscription: z.nullable(subscription),
    version: z.int(),
    asOf: instant,
    cached: z.boolean(),
  })
  .register(docs, { id: 'UserSubscription' });

export const subscriptionHistory = z
  .looseObject({ userId: text, subscriptions: z.array(subscription), nextCursor })
  .register(docs, { id: 'SubscriptionHistory' });

export const payments = z
  .looseObject({
    userId: text,
    payments: z.array(
      z.looseObject({
        id: text,
        at: instant,
        outcome: z.enum(['paid', 'failed']),
        invoiceId: text,
        subscriptionId: z.nullable(text),
        amount: z.int().register(docs, { description: "In the currency's smallest unit." }),
        currency: text.register(docs, { description: 'ISO 4217, in small letters.' }),
        attempts: z.int(),
        invoiceUrl: z.nullable(text),
      }),
    ),
    nextCursor,
  })
  .register(docs, { id: 'Payments' });

export const checkoutSession = z
  .looseObject({ sessionId: text, url: z.nullable(text) })
  .register(docs, { id: 'CheckoutSession' });

export const portalSession = z
  .looseObject({ sessionId: text, url: text })
  .register(docs, { id: 'PortalSession' });

export const receivedEvent = z
  .looseObject({ outcome: z.enum(['handled', 'repeated', 'ignored']) })
  .register(docs, { id: 'ReceivedEvent' });
