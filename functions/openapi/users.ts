import * as z from 'zod/mini';
import type { OperationName } from '../../shared/contract.ts';
import {
  getUserQuotaRequest,
  getUserUsageRequest,
  setUserPlanRequest,
} from '../http/requests/user-requests.ts';
import { accountView } from '../http/responses/quota-view.ts';
import { usageView } from '../http/responses/usage-view.ts';
import { account, accountChange, cached, counters } from './account-schemas.ts';
import type { OperationDoc } from './operation-doc.ts';
import { ACCOUNT_CHANGE, NOW, sample } from './sample-account.ts';
import { component, date, flag, instant, integer, integerOrNull, list, text } from './schema-parts.ts';

const accountState = component('AccountState', { ...account(), cached: cached() });

const usageReport = component('UsageReport', {
  userId: text('The user.'),
  from: date("The first day of the report, in the deployment's time zone for reports (UTC by default)."),
  to: date('The last day of the report, in the same time zone.'),
  features: list(
    z.looseObject({
      type: text('The feature.'),
      used: integer('Units used on all days of the report; for a gauge, units stored at their end.'),
      peak: integerOrNull(
        'For a gauge: the most units stored at any moment of these days; `null`: not a gauge.',
      ),
      days: list(
        z.looseObject({
          date: date('The day.'),
          used: integer('Units used on the day; for a gauge, units stored at its end.'),
          peak: integerOrNull(
            'For a gauge: the most units stored at any moment of the day; `null`: not a gauge.',
          ),
        }),
        'The days with usage; for a gauge, all days with stored units.',
      ),
      daysVersion: integer(
        'The account version of the newest change counted in `days`. Lower than `version` if later changes concern other features, or are not counted yet.',
      ),
      counters: counters(),
    }),
    'The features of the account, by name.',
  ),
  version: integer('The account version that the counters belong to.'),
  asOf: instant('When the oldest part of this response was current.'),
  cached: flag('Whether any part of the response came from a cache.'),
});

const EXAMPLES = {
  account: { ...accountView(sample, NOW), cached: false },
  usage: usageView(
    {
      account: sample,
      asOf: NOW,
      cached: false,
      features: [
        {
          feature: 'aiRequest',
          daysVersion: 15,
          days: [
            { date: '2026-11-20', used: 30 },
            { date: '2026-11-22', used: 12 },
          ],
          levels: undefined,
        },
        {
          feature: 'storage',
          daysVersion: 17,
          days: [],
          levels: [{ date: '2026-11-22', opening: 0, stored: 73_400_320, peak: 104_857_600 }],
        },
      ],
    },
    { from: '2026-11-01', to: '2026-11-22' },
  ),
} as const;

/** The routes about one user's account. */
export const USER_OPERATIONS = {
  getUserQuota: {
    tag: 'Users',
    summary: "Get all of a user's counters; a user without an account has the default plan, at version 0",
    request: getUserQuotaRequest,
    responses: [
      {
        status: 200,
        description:
          'The account. `plan.version` is the version last applied; features that a newer version of the plan adds or ' +
          'raises are shown as the next request would apply them.',
        schema: accountState,
        examples: { account: EXAMPLES.account },
      },
    ],
  },
  getUserUsage: {
    tag: 'Users',
    summary: "Report a user's usage day by day (at most 92 days; by default the last 30), with the counters",
    request: getUserUsageRequest,
    responses: [
      {
        status: 200,
        description:
          'The report. Days without usage are absent. `consistent` and `minVersion` apply to the counters; days are then ' +
          'read from the table, but are written after each change: they lag the counters by about a second, longer ' +
          'if the projector has stopped. `daysVersion` is the version they include.',
        schema: usageReport,
        examples: { report: EXAMPLES.usage },
      },
    ],
    problems: ['range_not_kept'],
  },
  setUserPlan: {
    tag: 'Administration',
    summary: 'Move a user to a plan now: limits change by their difference, usage is kept',
    request: setUserPlanRequest,
    example: { planId: 'pro', timeZone: 'Europe/Berlin' },
    subject: 'account',
    responses: [
      {
        status: 200,
        description: 'The plan of the user was changed.',
        schema: accountChange,
        examples: { changed: ACCOUNT_CHANGE },
      },
    ],
    problems: ['unknown_plan'],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
