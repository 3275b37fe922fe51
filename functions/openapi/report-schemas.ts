import * as z from 'zod/mini';
import { docs } from '../schemas/fields.ts';

const text = z.string();
const units = z.int();
const date = z.iso.date();

const figure = z
  .looseObject({
    value: units,
    before: units.register(docs, { description: 'The same of as many days before.' }),
    change: units,
    changePercent: z.nullable(z.number()).register(docs, {
      description: 'In percent of `before`; `null` where there was nothing before.',
    }),
  })
  .register(docs, { id: 'Figure' });

const exceededDocs = { description: 'Calls denied because a limit was reached. `null`: not known just now.' };
const planId = z.nullable(text);

export const serviceReport = z
  .looseObject({
    from: date,
    to: date,
    before: z.looseObject({ from: date, to: date }),
    complete: z.boolean().register(docs, {
      description:
        '`false`: the last day is not over. Its figures still grow, and where one shard has more than 1,000 users of a feature, those who overtake others while they are read may be missing.',
    }),
    activeUsers: figure,
    features: z.array(
      z.looseObject({
        type: text,
        used: figure,
        activeUsers: figure,
        exceeded: z.nullable(figure).register(docs, exceededDocs),
        top: z
          .array(z.looseObject({ userId: text, used: units, planId: text }))
          .register(docs, { description: 'Who used most, the largest first, at most 10.' }),
      }),
    ),
    plans: z
      .array(
        z.looseObject({
          planId: text,
          activeUsers: figure,
          features: z.array(z.looseObject({ type: text, used: figure })),
        }),
      )
      .register(docs, { description: 'A day counts for the plan that the user had at its last change.' }),
    alerts: z.array(z.looseObject({ type: text, level: text, count: figure })),
    days: z.array(
      z.looseObject({
        date,
        activeUsers: units,
        alerts: units,
        features: z.array(
          z.looseObject({
            type: text,
            used: units,
            exceeded: z.nullable(units).register(docs, exceededDocs),
          }),
        ),
      }),
    ),
  })
  .register(docs, { id: 'ServiceReport' });

export const topUsers = z
  .looseObject({
    type: text,
    period: text,
    users: z.array(
      z.looseObject({
        userId: text,
        used: units,
        planId: planId.register(docs, { description: 'At the last change of that day; `null` for a month.' }),
      }),
    ),
  })
  .register(docs, { id: 'TopUsers' });
