import * as z from 'zod/mini';
import { INTERVALS } from '../../shared/domain/account.ts';
import { described } from '../http/requests/fields.ts';
import {
  component,
  flag,
  instant,
  instantOrNull,
  integer,
  integerOrNull,
  list,
  oneOf,
  text,
  textOrNull,
} from './schema-parts.ts';

/** The schemas of an account's figures, which the topics share. */

const figures = () => ({
  limit: integerOrNull('Units that each period grants; `null`: unlimited.'),
  used: integer(
    'Units used in the current period; of a gauge, what is stored now. 9007199254740991 (2^53 - 1) means this many or more.',
  ),
  held: integer('Units set aside by open reservations.'),
  remaining: integerOrNull(
    '`limit - used - held`; negative after a downgrade, or if a confirmation exceeded what remained. `null`: unlimited.',
  ),
  unlimited: flag('`true`: there is no limit.'),
});

const balance = component('Balance', {
  ...figures(),
  resetsAt: instantOrNull('When the next period starts; `null`: never, the feature is a gauge.'),
});

const counter = component('Counter', {
  interval: oneOf(INTERVALS, 'How long a period lasts; `never`: a gauge.'),
  periodStart: instant('When the current period started.'),
  periodEnd: instantOrNull('When the current period ends; `null`: never.'),
  ...figures(),
  enforced: flag('`false`: usage is counted and never denied.'),
});

export const counters = () => list(counter, "The feature's counters, one for each of its intervals.");

/** A feature's figures. */
export const featureFigures = () => ({
  balance: described(z.nullable(balance), {
    description:
      'The counter that would deny first; in a denial, the one that denies longest. `null`: the account does not have the feature.',
  }),
  counters: counters(),
});

export const accountVersion = () => ({
  version: integer(
    'The account version these figures belong to; pass it as `minVersion` to see at least this version.',
  ),
  asOf: instant('When these figures were current.'),
});

export const cached = () => flag('Whether the response came from a cache.');

export const operation = () => ({
  operationId: textOrNull(
    "The caller's Idempotency-Key, or an id made by the service. `null`: nothing was written.",
  ),
  replayed: flag(
    '`true`: an earlier call with the same Idempotency-Key was applied, and this call changed nothing; the figures are current. The units are already charged for the work of this key: return its result, or finish it. Do not start other work.',
  ),
});

export const accepted = () => ({
  allowed: described(z.literal(true), {
    description: 'Whether the request fits: always `true` in a 2xx response.',
  }),
  code: oneOf(['allowed'], 'The decision.'),
  ...operation(),
});

export const requestedAmount = () => integer('Units requested.');

export const oneFeature = () => ({
  type: textOrNull(
    'The feature; `null` if the reservation was settled too long ago for its feature to be known.',
  ),
  amount: requestedAmount(),
  ...featureFigures(),
  ...accountVersion(),
});

const batchItem = component('BatchResultItem', {
  type: text('The feature of the item.'),
  amount: requestedAmount(),
  ...featureFigures(),
});

export const batchItems = () =>
  list(batchItem, 'The items in the order of the request; items of the same feature are summed.');

/** Members that every denial adds to the problem document. */
export const deniedMembers = () => ({
  allowed: described(z.literal(false), {
    description: 'Whether the request fits: always `false` in a denial.',
  }),
  operationId: described(z.null(), { description: 'Always `null`: nothing was written.' }),
  replayed: described(z.literal(false), {
    description: 'Always `false`: a denial is never replayed.',
  }),
  feature: z.optional(text('The feature that was denied; absent if unknown.')),
});

const forecast = component('Forecast', {
  interval: oneOf(INTERVALS, 'The interval of the counter that is exhausted first.'),
  exhaustsAt: instant('When the limit is reached at the average rate since the period began.'),
});

const FORECAST =
  'The counter that will be exhausted first, before its period ends, at the average rate since the period began (or since the first use, if later); `null`: none, or too early to forecast.';

/** An account without its status, a name that problem documents use themselves. */
export const accountFields = () => ({
  userId: text('The user.'),
  plan: described(
    z.looseObject({
      id: text("The plan's id."),
      version: integer('The version of the plan whose limits the account has.'),
    }),
    { description: 'The plan that the account is on.' },
  ),
  validUntil: instantOrNull('When the plan of the account ends; `null`: never.'),
  timeZone: text('IANA time zone in which days, weeks and months of the account start.'),
  features: list(
    z.looseObject({
      type: text('The feature.'),
      ...featureFigures(),
      forecast: described(z.nullable(forecast), { description: FORECAST }),
    }),
    'The features of the account, by name.',
  ),
  ...accountVersion(),
});

export const account = () => ({
  ...accountFields(),
  status: oneOf(['active', 'suspended'], '`suspended`: every use is denied.'),
});

export const accountChange = component('AccountChange', { ...account(), ...operation() });
