import * as z from 'zod/mini';
import { INTERVALS } from '../../shared/domain/account.ts';
import { described } from '../http/requests/fields.ts';
import { accountVersion, cached, counters, featureFigures, operation } from './quota-schemas.ts';
import {
  component,
  date,
  flag,
  instant,
  instantOrNull,
  integer,
  integerOrNull,
  list,
  oneOf,
  text,
} from './schema-parts.ts';

/** The answers about one user's account. */

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

const account = () => ({
  ...accountFields(),
  status: oneOf(['active', 'suspended'], '`suspended`: every use is denied.'),
});

export const accountChange = component('AccountChange', { ...account(), ...operation() });

export const accountState = component('AccountState', { ...account(), cached: cached() });

export const usageReport = component('UsageReport', {
  userId: text('The user.'),
  from: date("The first day of the report, in the deployment's time zone for reports (UTC by default)."),
  to: date('The last day of the report, in the same time zone.'),
  features: list(
    z.looseObject({
      type: text('The feature.'),
      used: integer('Units used on all days of the report; of a gauge, what is stored at their end.'),
      peak: integerOrNull(
        'Of a gauge: the most that was stored at any moment of these days; `null`: not a gauge.',
      ),
      days: list(
        z.looseObject({
          date: date('The day.'),
          used: integer('Units used on the day; of a gauge, what was stored at its end.'),
          peak: integerOrNull(
            'Of a gauge: the most that was stored at any moment of the day; `null`: not a gauge.',
          ),
        }),
        'The days with use; of a gauge, all days on which something was stored.',
      ),
      daysVersion: integer(
        'The account version of the newest change counted in `days`. Below `version` where later changes were about something else, or are not written into the days yet.',
      ),
      counters: counters(),
    }),
    'The features of the account, by name.',
  ),
  version: integer('The account version that the counters belong to.'),
  asOf: instant('When the oldest part of this answer was current.'),
  cached: flag('Whether any part of the answer came from a cache.'),
});
