import * as z from 'zod/mini';
import { INTERVALS } from '../../shared/domain/account.ts';
import { ALERT_LEVELS } from '../../shared/domain/alert.ts';
import { docs } from '../schemas/fields.ts';

const text = z.string();
const units = z.int();
const instant = z.iso.datetime();

const anomaly = z
  .looseObject({
    date: z.iso.date(),
    span: z.enum(['day', 'hour']),
    hour: z.optional(z.int()),
    value: units,
    median: z.number(),
    mad: z.number(),
    score: z.number(),
    days: z.int(),
  })
  .register(docs, {
    description:
      'A day, or an hour of it, against the days before (an hour: against the busiest hour of each): median, median distance from it, and how many spreads the value lies above.',
  });

export const alerts = z
  .looseObject({
    userId: text,
    alerts: z.array(
      z
        .looseObject({
          id: text.register(docs, { description: 'The same in every event and notice about this alert.' }),
          userId: text,
          type: text,
          interval: z.enum(INTERVALS),
          level: z.enum(ALERT_LEVELS),
          periodStart: instant,
          periodEnd: z.nullable(instant),
          planId: text,
          limit: z.optional(units),
          used: z.optional(units),
          held: z.optional(units),
          usedPercent: z.optional(units),
          threshold: z.optional(units.register(docs, { description: 'Percent.' })),
          exhaustsAt: z.optional(
            instant.register(docs, { description: 'When the limit is reached at the pace so far.' }),
          ),
          anomaly: z.optional(anomaly),
          version: units,
          raisedAt: instant,
          recoveredAt: z.nullable(instant),
        })
        .register(docs, { id: 'Alert' }),
    ),
    nextCursor: z.nullable(text),
  })
  .register(docs, { id: 'Alerts' });
