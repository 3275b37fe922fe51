import * as z from 'zod/mini';
import { INTERVALS } from '../../shared/domain/account.ts';
import { PROBLEMS, type ProblemCode } from '../runtime/problems.ts';
import { scopes } from '../schemas/api-key-requests.ts';
import { docs } from '../schemas/fields.ts';

/** What answers look like. Loose: an answer may gain members within a version of the API. */

const text = z.string();
const units = z.int();
const instant = z.iso.datetime();

const limit = z.nullable(units).register(docs, { description: '`null`: unlimited.' });
const remaining = z
  .nullable(units)
  .register(docs, { description: '`limit - used - held`; below 0 after a downgrade. `null`: unlimited.' });

const figures = { limit, used: units, held: units, remaining, unlimited: z.boolean() };

const balance = z
  .nullable(
    z.looseObject({
      ...figures,
      resetsAt: z.nullable(instant).register(docs, { description: '`null`: never, the feature is a gauge.' }),
    }),
  )
  .register(docs, {
    description: 'The counter that would deny first. `null`: the account does not have the feature.',
  });

const counter = z
  .looseObject({
    interval: z.enum(INTERVALS),
    periodStart: instant,
    periodEnd: z.nullable(instant),
    ...figures,
    enforced: z.boolean().register(docs, { description: '`false`: counts without denying.' }),
  })
  .register(docs, { id: 'Counter' });

const view = { balance, counters: z.array(counter) };

const standing = {
  version: units.register(docs, {
    description: 'The account version these figures belong to; pass it as `minVersion` to see at least this.',
  }),
  asOf: instant,
};

const operation = {
  operationId: z.nullable(text).register(docs, {
    description: "The caller's Idempotency-Key, or an id made here. `null`: nothing was written.",
  }),
  replayed: z.boolean().register(docs, { description: 'Whether an earlier call with the same key did it.' }),
};

const verdict = {
  allowed: z.boolean(),
  code: text.register(docs, { description: '`allowed`, or the reason why not.', examples: ['allowed'] }),
  ...operation,
};

const single = { ...verdict, type: z.nullable(text), amount: units, ...view, ...standing };

export const quotaResult = z.looseObject(single).register(docs, { id: 'QuotaResult' });

export const checkResult = z
  .looseObject({ ...single, cached: z.boolean() })
  .register(docs, { id: 'CheckResult' });

export const batchResult = z
  .looseObject({
    ...verdict,
    items: z.array(z.looseObject({ type: text, amount: units, ...view })),
    ...standing,
  })
  .register(docs, { id: 'BatchResult' });

export const reservationResult = z
  .looseObject({
    reservationId: text,
    expiresAt: z
      .nullable(instant)
      .register(docs, { description: '`null`: a repetition, and it is open no more.' }),
    ...single,
  })
  .register(docs, { id: 'ReservationResult' });

export const settlementResult = z
  .looseObject({ reservationId: text, ...single })
  .register(docs, { id: 'SettlementResult' });

const forecast = z
  .nullable(z.looseObject({ interval: z.enum(INTERVALS), exhaustsAt: instant }))
  .register(docs, {
    description:
      'The counter that is used up first, before its period ends, if usage goes on as it did since the period began, or since the user came where that was later; `null`: none is, or it is too early to tell.',
  });

const account = {
  userId: text,
  plan: z.looseObject({ id: text, version: units }),
  status: z.enum(['active', 'suspended']),
  validUntil: z
    .nullable(instant)
    .register(docs, { description: 'Until when the plan holds; `null`: for good.' }),
  timeZone: text,
  features: z.array(z.looseObject({ type: text, ...view, forecast })),
  ...standing,
};

export const accountChange = z
  .looseObject({ ...account, ...operation })
  .register(docs, { id: 'AccountChange' });

export const accountState = z
  .looseObject({ ...account, cached: z.boolean() })
  .register(docs, { id: 'AccountState' });

export const usageReport = z
  .looseObject({
    userId: text,
    from: z.iso.date(),
    to: z.iso.date(),
    features: z.array(
      z.looseObject({
        type: text,
        used: units.register(docs, { description: 'The sum of the days.' }),
        days: z.array(z.looseObject({ date: z.iso.date(), used: units })),
        daysVersion: units.register(docs, {
          description:
            'The account version of the newest change that `days` count. Below `version` where later changes were about ' +
            'something else, or are not written into the days yet.',
        }),
        counters: z.array(counter),
      }),
    ),
    version: units.register(docs, { description: 'The account version that the counters belong to.' }),
    asOf: instant.register(docs, { description: 'When the oldest part of this was read, or came to be.' }),
    cached: z.boolean().register(docs, { description: 'Whether any part of this came from a cache.' }),
  })
  .register(docs, { id: 'UsageReport' });

const planFields = {
  id: text,
  version: units,
  name: text,
  allowances: z.array(
    z.looseObject({ feature: text, limit, interval: z.enum(INTERVALS), enforced: z.boolean() }),
  ),
  prices: z.optional(
    z.record(text, text).register(docs, { description: "Stripe's ids of the prices that buy it." }),
  ),
  thresholds: z
    .looseObject({ warning: z.int(), critical: z.int() })
    .register(docs, { description: 'From how many percent of a limit on an alert is raised.' }),
  createdAt: instant,
};

export const plan = z.looseObject(planFields).register(docs, { id: 'Plan' });

export const currentPlan = z
  .looseObject({ ...planFields, asOf: instant, cached: z.boolean() })
  .register(docs, { id: 'CurrentPlan' });

export const planList = z
  .looseObject({
    plans: z.array(plan),
    nextCursor: z
      .nullable(text)
      .register(docs, { description: 'The `cursor` of the next page; `null` on the last one.' }),
  })
  .register(docs, { id: 'PlanList' });

export {
  checkoutSession,
  payments,
  portalSession,
  receivedEvent,
  subscriptionHistory,
  userSubscription,
} from './billing-schemas.ts';

export const newKey = z
  .looseObject({
    key: text.register(docs, { description: 'The key itself. It is shown in this answer only.' }),
    keyId: text,
    name: text,
    scopes,
    userId: z.optional(text),
    createdAt: instant,
    expiresAt: z.optional(instant),
  })
  .register(docs, { id: 'NewApiKey' });

export const cacheStats = z
  .looseObject({
    available: z.boolean().register(docs, { description: 'Whether Redis answers.' }),
    kinds: z.array(
      z.looseObject({
        kind: text,
        l1Hits: units.register(docs, { description: "Answered from a function's own memory." }),
        l2Hits: units.register(docs, { description: 'Answered from Redis.' }),
        misses: units,
        fills: units,
        errors: units,
        hitRate: z
          .nullable(z.number())
          .register(docs, { description: '0 … 1; `null` before the first read.' }),
      }),
    ),
  })
  .register(docs, { id: 'CacheStats' });

export const warmUp = z.looseObject({ plans: units, users: units }).register(docs, { id: 'WarmUp' });

export const health = z.looseObject({ status: z.literal('ok') }).register(docs, { id: 'Health' });

const codes = Object.keys(PROBLEMS) as ProblemCode[]; // keys of the table

export const problem = z
  .looseObject({
    type: text.register(docs, { description: '`urn:quota-service:problem:` and the code.' }),
    title: text,
    status: z.int(),
    detail: text,
    code: z.enum(codes),
    instance: z
      .optional(text)
      .register(docs, { description: 'Names this occurrence; tell it when you report one.' }),
    errors: z.optional(
      z.array(z.looseObject({ path: text, message: text, code: text })).register(docs, {
        description: 'Every fault of the input, with its path.',
      }),
    ),
  })
  .register(docs, {
    id: 'Problem',
    description:
      'RFC 9457. A denial carries the result besides: `allowed: false`, `feature`, `amount`, `balance`, `counters`, `version`, `asOf`.',
  });
