import * as z from 'zod/mini';
import type { OperationName } from '../../shared/contract.ts';
import { accountView } from '../../shared/domain/quota-result.ts';
import {
  getUserQuotaRequest,
  getUserUsageRequest,
  setUserPlanRequest,
} from '../http/requests/user-requests.ts';
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

const ANSWERS = {
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
    summary: "All of a user's counters; a user without an account has the default plan, at version 0",
    request: getUserQuotaRequest,
    answers: [
      {
        status: 200,
        says:
          'The account. `plan.version` is the version applied last; features that a newer version of the plan adds, or ' +
          'gives more room, are shown as the next request finds them.',
        schema: accountState,
        examples: { account: ANSWERS.account },
      },
    ],
  },
  getUserUsage: {
    tag: 'Users',
    summary: 'What a user used day by day (at most 92 days; by default the last 30), and the counters',
    request: getUserUsageRequest,
    answers: [
      {
        status: 200,
        says:
          'The report. Days without use are absent. `consistent` and `minVersion` hold for the counters; days are then ' +
          'read past the cache, but are written after each change: they lag the counters by a second or so, longer ' +
          'where that is at a standstill. `daysVersion` says how far they are.',
        schema: usageReport,
        examples: { report: ANSWERS.usage },
      },
    ],
  },
  setUserPlan: {
    tag: 'Administration',
    summary: 'Put a user on a plan now: limits move by their difference, usage stays',
    request: setUserPlanRequest,
    example: { planId: 'pro', timeZone: 'Europe/Berlin' },
    subject: 'account',
    answers: [
      {
        status: 200,
        says: 'Changed.',
        schema: accountChange,
        examples: { changed: ACCOUNT_CHANGE },
      },
    ],
    problems: ['unknown_plan'],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
