import * as z from 'zod/mini';
import { INTERVALS } from '../../shared/domain/account.ts';
import { ALERT_LEVELS } from '../../shared/domain/alert.ts';
import { described } from '../http/requests/fields.ts';
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
    median: decimal('The median of the days before; for an hour, of the busiest hour of each day.'),
    mad: decimal('The median distance of the days before from their median.'),
    score: decimal('By how many such distances the value lies above the median.'),
    days: integer('How many days before were compared.'),
  }),
  { description: 'The unusual usage, compared with the days before.' },
);

const alert = component('Alert', {
  id: text("The alert's id, the same in every event and notice about it; each rise of a level has its own."),
  userId: text('The user.'),
  type: text('The feature.'),
  interval: oneOf(INTERVALS, 'The interval of the counter.'),
  level: oneOf(ALERT_LEVELS, 'What was noticed.'),
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
    'When usage fell below the threshold again; `null`: it has not, or had not when the period ended.',
  ),
  recoveredTo: described(z.nullable(z.enum(['warning', 'critical'])), {
    description: 'The level that was left at the recovery; `null`: none, or no recovery.',
  }),
});

export const alerts = component('Alerts', {
  userId: text('The user.'),
  alerts: list(alert, 'A page of alerts, those of the newest periods first.'),
  nextCursor: nextCursor(),
});
