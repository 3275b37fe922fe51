import * as z from 'zod/mini';
import type { OperationName } from '../../shared/contract.ts';
import { rangeBefore } from '../../shared/domain/date-range.ts';
import { serviceReport } from '../../shared/domain/reports/service-report.ts';
import { noUsage, ShardTally } from '../../shared/domain/reports/usage-tally.ts';
import { described } from '../http/requests/fields.ts';
import { getTopUsersRequest, reportUsageRequest } from '../http/requests/report-requests.ts';
import { reportView } from '../http/responses/report/report-view.ts';
import { topUsersView } from '../http/responses/top-users-view.ts';
import type { OperationDoc } from './operation-doc.ts';
import {
  component,
  date,
  decimalOrNull,
  flag,
  integer,
  integerOrNull,
  list,
  text,
  textOrNull,
} from './schema-parts.ts';

const figureSchema = component('Figure', {
  value: integer('The figure of the reported days.'),
  before: integer('The same figure for the same number of preceding days.'),
  change: integer('`value` minus `before`.'),
  changePercent: decimalOrNull('`change` in percent of `before`; `null` if `before` is 0.'),
});

const figure = (description: string) => described(figureSchema, { description });

const DENIED = 'Calls denied because a limit was reached; `null`: currently unknown.';

const top = z.looseObject({
  userId: text('The user.'),
  used: integer('Units used on the reported days; for a gauge, units stored at their end.'),
  planId: textOrNull("The user's plan at the last change on these days; `null`: unknown."),
});

const reportSchema = component('ServiceReport', {
  from: date('The first day of the report.'),
  to: date('The last day of the report.'),
  timeZone: text("The deployment's time zone for reports, in which days begin (IANA)."),
  before: described(
    z.looseObject({
      from: date('The first day of the preceding range.'),
      to: date('The last day of the preceding range.'),
    }),
    { description: 'The preceding range that the figures are compared with.' },
  ),
  complete: flag(
    '`false`: the last day is not over. Its figures still grow, and if one shard has more than 1,000 users of a feature, users whose rank changes during the read may be missing.',
  ),
  activeUsers: figure('Users with usage on these days.'),
  features: list(
    z.looseObject({
      type: text('The feature.'),
      used: figure('Units used; for a gauge, units that all users stored at the end of the last day.'),
      peak: integerOrNull(
        "For a gauge: the most units stored on any of the days, as the sum of each user's peak; `null`: not a gauge.",
      ),
      activeUsers: figure('Users of the feature on these days.'),
      exceeded: described(z.nullable(figureSchema), { description: DENIED }),
      top: list(top, 'The users with the highest usage, highest first, at most 10.'),
    }),
    'The features that were used.',
  ),
  plans: list(
    z.looseObject({
      planId: textOrNull('The plan; `null`: unknown.'),
      activeUsers: figure('Users of the plan with usage on these days.'),
      features: list(
        z.looseObject({
          type: text('The feature.'),
          used: figure('Units used by users of the plan; for a gauge, units they stored.'),
        }),
        'The features that users of the plan used.',
      ),
    }),
    'The same figures by plan. A day counts towards the plan that the user had at its last change.',
  ),
  alerts: list(
    z.looseObject({
      type: text('The feature.'),
      level: text('The level of the alerts.'),
      count: figure('Alerts raised.'),
    }),
    'The alerts of these days.',
  ),
  days: list(
    z.looseObject({
      date: date('The day.'),
      activeUsers: integer('Users with usage on the day.'),
      alerts: integer('Alerts raised on the day.'),
      features: list(
        z.looseObject({
          type: text('The feature.'),
          used: integer('Units used on the day; for a gauge, units stored at its end.'),
          peak: integerOrNull(
            "For a gauge: the most units stored on the day, as the sum of each user's peak; `null`: not a gauge.",
          ),
          exceeded: integerOrNull(DENIED),
        }),
        'The features that were used on the day.',
      ),
    }),
    'The same figures day by day.',
  ),
});

const topUsers = component('TopUsers', {
  type: text('The feature.'),
  period: text('The requested day or month.'),
  users: list(
    z.looseObject({
      userId: text('The user.'),
      used: integer('Units used in the period.'),
      planId: textOrNull("The user's plan at the last change on the day; `null` for a month."),
    }),
    'The users with the highest usage, highest first.',
  ),
});

const range = { from: '2026-11-22', to: '2026-11-22' };

/** One user's day after an idle one, made by the code that makes real reports. */
function sampleReport() {
  const sums = noUsage();
  const tally = new ShardTally(sums);
  tally.add({ userId: 'user-42', date: range.from, feature: 'aiRequest', used: 42, planId: 'free' });
  tally.addAlert({ date: range.from, feature: 'aiRequest', level: 'warning' });
  tally.close();
  const exceeded = new Map([['aiRequest', new Map([[range.from, 3]])]]);
  const before = rangeBefore(range);
  return reportView(
    serviceReport({
      range,
      before,
      isComplete: true,
      sums,
      sumsBefore: noUsage(),
      exceeded,
      peaks: new Map(),
    }),
  );
}

const users = [{ userId: 'user-42', item: '', used: 42, planId: 'free' }];

/** The routes about the usage of all users. */
export const REPORT_OPERATIONS = {
  reportUsage: {
    tag: 'Administration',
    summary:
      'Report usage in a range of days (at most 366; by default the last 30), compared with the same number of preceding days',
    request: reportUsageRequest,
    responses: [
      {
        status: 200,
        description: 'The report as JSON, a table or a page. Usage lags by seconds, denied calls by minutes.',
        schema: reportSchema,
        examples: { report: sampleReport() },
        otherTypes: ['text/csv', 'text/html'],
      },
    ],
    problems: ['range_too_large', 'range_not_kept'],
  },
  getTopUsers: {
    tag: 'Administration',
    summary:
      'List the users with the highest usage of a feature on a day or in a month; ties are ordered by id',
    request: getTopUsersRequest,
    responses: [
      {
        status: 200,
        description:
          'The users, highest usage first. If more users tie for the last place than fit, an arbitrary subset is returned.',
        schema: topUsers,
        examples: { day: topUsersView('aiRequest', '2026-11-22', users) },
      },
    ],
    problems: ['range_not_kept'],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
