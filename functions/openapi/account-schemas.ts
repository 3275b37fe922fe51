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
    'Units used in the current period; of a gauge, what is stored now. 9007199254740991 (2^53 - 1) says this many or more.',
  ),
  held: integer('Units set aside by open reservations.'),
  remaining: integerOrNull(
    '`limit - used - held`; below 0 after a downgrade, or where more was confirmed than was left. `null`: unlimited.',
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

export const cached = () => flag('Whether the answer came from a cache.');

export const operation = () => ({
  operationId: textOrNull(
    "The caller's Idempotency-Key, or an id made by the service. `null`: nothing was written.",
  ),
  replayed: flag(
    '`true`: an earlier call with the same Idempotency-Key was applied, and this call changed nothing; the figures are those of now. The units are paid for, for the work of this key alone: return its result, or finish it if it was never finished. Begin no other work.',
  ),
});

export const accepted = () => ({
  allowed: described(z.literal(true), {
    description: 'Whether the request fits: always in an answer of 2xx.',
  }),
  code: oneOf(['allowed'], 'What was decided.'),
  ...operation(),
});

export const requestedAmount = () => integer('The units that the request was about.');

export const oneFeature = () => ({
  type: textOrNull(
    'The feature; `null` where a reservation was settled so long ago that its feature is no longer known.',
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

/** The members that every denial has beside the problem document. */
export const deniedMembers = () => ({
  allowed: described(z.literal(false), { description: 'Whether the request fits: never in a denial.' }),
  operationId: described(z.null(), { description: 'Always `null`: nothing was written.' }),
  replayed: described(z.literal(false), {
    description: 'Always `false`: a denial is decided anew each time.',
  }),
  feature: z.optional(text('The feature that was denied; absent where it is not known.')),
});

const forecast = component('Forecast', {
  interval: oneOf(INTERVALS, 'The interval of the counter that is exhausted first.'),
  exhaustsAt: instant('When the limit is reached at the pace since the period began.'),
});

const FORECAST =
  'The counter that is exhausted first, before its period ends, at the pace since the period began, or since the first use if that was later; `null`: none is, or it is too early to forecast.';

/** Everything about an account except its status, which is a member of problem documents too. */
export const accountFields = () => ({
  userId: text('The user.'),
  plan: described(
    z.looseObject({
      id: text("The plan's id."),
      version: integer('The version of the plan whose limits the account has.'),
    }),
    { description: 'The plan that the account is on.' },
  ),
  validUntil: instantOrNull('Until when the account has this plan; `null`: without end.'),
  timeZone: text('Where the days, weeks and months of the account begin (IANA).'),
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
