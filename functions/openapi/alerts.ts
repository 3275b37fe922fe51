import * as z from 'zod/mini';
import type { OperationName } from '../../shared/contract.ts';
import { INTERVALS } from '../../shared/domain/account.ts';
import { ALERT_LEVELS, anomalyAlert, forecastAlert, usageAlert } from '../../shared/domain/alert.ts';
import { debit } from '../../shared/domain/debit.ts';
import { openAccount } from '../../shared/domain/plan.ts';
import { DEFAULT_THRESHOLDS } from '../../shared/domain/threshold.ts';
import { described } from '../http/requests/fields.ts';
import { getUserRecordsRequest } from '../http/requests/user-requests.ts';
import { alertsView } from '../http/responses/alerts-view.ts';
import type { OperationDoc } from './operation-doc.ts';
import { free } from './sample-account.ts';
import {
  component,
  date,
  decimal,
  instant,
  instantOrNull,
  integer,
  list,
  nextCursor,
  oneOf,
  text,
} from './schema-parts.ts';

const anomaly = described(
  z.looseObject({
    date: date("The unusual day, in the deployment's time zone for reports (UTC by default)."),
    span: oneOf(['day', 'hour'], 'Whether the day is unusual, or one hour of it.'),
    hour: z.optional(integer('The unusual hour of that day, 0 to 23.')),
    value: integer('Units used in the day or hour.'),
    median: decimal('The median of the preceding days; for an hour, of the busiest hour of each day.'),
    mad: decimal('The median absolute deviation of the preceding days.'),
    score: decimal('Distance of the value above the median, in multiples of `mad`.'),
    days: integer('Number of preceding days compared.'),
  }),
  { description: 'The unusual usage, compared with the preceding days.' },
);

const alert = component('Alert', {
  id: text(
    "The alert's id, the same in every event and notification about it. A level that is reached again has a new one.",
  ),
  userId: text('The user.'),
  type: text('The feature.'),
  interval: oneOf(INTERVALS, 'The interval of the counter.'),
  level: oneOf(ALERT_LEVELS, 'The level of the alert.'),
  periodStart: instant("When the counter's period started."),
  periodEnd: instantOrNull("When the counter's period ends; `null`: never."),
  planId: text('The plan of the user.'),
  limit: z.optional(integer('The limit when the alert was raised.')),
  used: z.optional(integer('Units used when the alert was raised.')),
  held: z.optional(integer('Units held when the alert was raised.')),
  usedPercent: z.optional(integer('Percent of the limit used or held when the alert was raised.')),
  threshold: z.optional(integer('Percent of the limit at which this level is raised.')),
  exhaustsAt: z.optional(instant('When the limit is reached at the pace since the period began.')),
  anomaly: z.optional(anomaly),
  version: integer('The account version that raised the alert.'),
  raisedAt: instant('When the alert was raised.'),
  recoveredAt: instantOrNull(
    'When usage fell below the threshold again; `null`: not yet, or not before the period ended.',
  ),
  recoveredTo: described(z.nullable(z.enum(['warning', 'critical'])), {
    description: 'The level that remained after the recovery; `null`: none, or no recovery.',
  }),
});

const alerts = component('Alerts', {
  userId: text('The user.'),
  alerts: list(alert, 'A page of alerts, newest periods first.'),
  nextCursor: nextCursor(),
});

/** A user's November. */
const at = (instant: string) => Date.parse(instant);
const opened = openAccount('user-42', free, at('2026-11-03T09:30:00Z'));
const account = { ...debit(opened, new Map([['aiRequest', 80]])), version: 61 };
const [counter] = account.counters.get('aiRequest') ?? [];
if (!counter) throw new Error('the plan "free" has no aiRequest');

const sampleAnomaly = {
  date: '2026-11-20',
  span: 'day',
  value: 46,
  median: 3,
  mad: 1,
  score: 29,
  days: 17,
} as const;

const sampleAlerts = [
  anomalyAlert(account, 'aiRequest', sampleAnomaly, at('2026-11-20T15:17:04Z')),
  usageAlert(account, 'aiRequest', counter, 'warning', DEFAULT_THRESHOLDS, at('2026-11-20T15:02:11Z')),
  forecastAlert(account, 'aiRequest', counter, at('2026-11-24T02:15:00Z'), at('2026-11-20T16:17:04Z')),
];

const usedUp = { ...debit(account, new Map([['aiRequest', 20]])), version: 75 };
const [full] = usedUp.counters.get('aiRequest') ?? [];
if (!full) throw new Error('the plan "free" has no aiRequest');
const exhausted = usageAlert(
  usedUp,
  'aiRequest',
  full,
  'exhausted',
  DEFAULT_THRESHOLDS,
  at('2026-11-21T08:10:45Z'),
);
/** After a grant of 20. */
const recovery = {
  ...{ used: full.used, held: full.held, limit: 120, level: 'warning' as const },
  ...{ version: 76, at: at('2026-11-21T09:00:02Z') },
};
const PUBLISHED = { untold: new Set<never>(), claimedUntil: 0 };

const EXAMPLES = {
  alerts: alertsView('user-42', {
    items: [
      ...sampleAlerts.map((alert) => ({ alert, ...PUBLISHED })),
      { alert: exhausted, recovery, ...PUBLISHED },
    ],
    next: undefined,
  }),
} as const;

/** The routes about alerts. */
export const ALERT_OPERATIONS = {
  getUserAlerts: {
    tag: 'Users',
    summary: "List a user's alerts of the last 400 days, newest periods first",
    request: getUserRecordsRequest,
    responses: [
      {
        status: 200,
        description:
          'A page. `recoveredAt` is `null` for an alert that is active, or was active when its period ended. A level that is reached several times within a period has one alert for each time.',
        schema: alerts,
        examples: { page: EXAMPLES.alerts },
      },
    ],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
