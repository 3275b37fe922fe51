import * as z from 'zod/mini';
import type { RequestShape } from '../request-shape.ts';
import { date, described, feature } from './fields.ts';
import { daysWithin } from './user-requests.ts';

/** A leap year. */
export const MAX_REPORT_DAYS = 366;
const MAX_USERS = 100;
const DEFAULT_USERS = 10;

export const REPORT_FORMATS = ['json', 'csv', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export const reportUsageRequest = {
  query: z
    .strictObject({
      from: described(z.optional(date), {
        description: "First day, in the deployment's time zone for reports (UTC by default).",
        examples: ['2026-11-01'],
      }),
      to: described(z.optional(date), { description: 'Last day, included.', examples: ['2026-11-22'] }),
      format: described(z._default(z.enum(REPORT_FORMATS), 'json'), {
        description:
          '`csv`: one figure per line, for spreadsheets. `html`: a self-contained page with charts.',
      }),
    })
    .check(daysWithin(MAX_REPORT_DAYS)),
} as const satisfies RequestShape;

export const getTopUsersRequest = {
  query: z.strictObject({
    type: feature,
    period: described(
      z.optional(
        z
          .string()
          .check(
            z.refine(
              isPeriod,
              'must be a day such as 2026-11-22 or a month such as 2026-11, in the years 1970 to 2999',
            ),
          ),
      ),
      {
        description:
          "A day in the deployment's time zone for reports, today by default. Or a calendar month, for features with the interval `month`: only users whose period is that month in UTC are listed.",
        examples: ['2026-11-22', '2026-11'],
      },
    ),
    limit: described(
      z.optional(z.string().check(z.regex(/^([1-9]\d?|100)$/, `must be an integer from 1 to ${MAX_USERS}`))),
      {
        description: `Maximum number of users; ${DEFAULT_USERS} by default. There are no further pages.`,
        examples: ['10'],
      },
    ),
  }),
} as const satisfies RequestShape;

/** The requested number of users. */
export function usersAsked(limit: string | undefined): number {
  return limit === undefined ? DEFAULT_USERS : Number(limit);
}

function isPeriod(text: string): boolean {
  const isMonth = /^\d{4}-(0[1-9]|1[0-2])$/.test(text);
  return date.safeParse(isMonth ? `${text}-01` : text).success;
}
