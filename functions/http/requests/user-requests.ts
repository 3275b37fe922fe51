import * as z from 'zod/mini';
import { LEAST_RETENTION_DAYS } from '../../../shared/contract.ts';
import type { Schedule } from '../../../shared/domain/account.ts';
import { addDays, type DateRange, dateOf, daysIn } from '../../../shared/domain/date-range.ts';
import { isTimeZone } from '../../../shared/domain/period.ts';
import type { RequestShape } from '../request-shape.ts';
import { date, described, feature, inputError, instant, planId, userId } from './fields.ts';
import { freshness, freshnessFields } from './freshness.ts';
import { pageQuery } from './page.ts';

const MAX_DAYS = LEAST_RETENTION_DAYS.usage;
const DEFAULT_DAYS = 30;

const path = z.strictObject({ userId });

export const getUserQuotaRequest = { path, query: freshness } as const satisfies RequestShape;

export const getUserSubscriptionRequest = { path, query: freshness } as const satisfies RequestShape;

/** Records that grow without bound are paged. */
export const getUserRecordsRequest = { path, query: pageQuery } as const satisfies RequestShape;

/**
 * The days a report is about: as asked, else up to today, else the last 30. `now`: epoch ms.
 *
 * @param timeZone in which days begin (IANA)
 */
export function daysAsked({ from, to }: DaysQuery, now: number, timeZone: string): DateRange {
  const today = dateOf(now, timeZone);
  const last = to ?? (from !== undefined && from > today ? from : today);
  return { from: from ?? addDays(last, 1 - DEFAULT_DAYS), to: last };
}

interface DaysQuery {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The zones where a day begins last and first. */
const TODAY_ON_EARTH = ['Etc/GMT+12', 'Etc/GMT-14'] as const;

function lastDay({ to }: DaysQuery, timeZone: string): string {
  return to ?? dateOf(Date.now(), timeZone);
}

/** The rule that a query's days are in order, and `maxDays` at most. */
export function daysWithin(maxDays: number) {
  return ({ value, issues }: { value: DaysQuery; issues: unknown[] }) => {
    // An invalid date already has an issue.
    if (issues.length > 0) return;
    // Without a last day it is today, which is one of two dates on earth: a range that is valid on either is
    // accepted.
    const [earliest, latest] = TODAY_ON_EARTH.map((timeZone) => lastDay(value, timeZone));
    const from = value.from ?? addDays(latest ?? '', 1 - DEFAULT_DAYS);
    if (from > (latest ?? ''))
      issues.push(inputError('too_big', 'must not be after the last day', ['from'], from));
    if (daysIn({ from, to: earliest ?? '' }) <= maxDays) return;
    const message = `must be at most ${maxDays} days before the last day, both counted`;
    issues.push(inputError('too_small', message, ['from'], from));
  };
}

export const getUserUsageRequest = {
  path,
  query: z
    .strictObject({
      type: z.optional(feature),
      from: described(z.optional(date), {
        description: "First day, in the deployment's time zone for reports (UTC by default).",
        examples: ['2026-11-01'],
      }),
      to: described(z.optional(date), { description: 'Last day, included.', examples: ['2026-11-22'] }),
      ...freshnessFields,
    })
    .check(daysWithin(MAX_DAYS)),
} as const satisfies RequestShape;

export const setUserPlanRequest = {
  path,
  body: described(
    z.strictObject({
      planId,
      timeZone: z.optional(
        described(
          z
            .string()
            .check(
              z.refine(
                (name) => name.length <= 64 && isTimeZone(name),
                'must be an IANA time zone such as Europe/Berlin',
              ),
            ),
          {
            description: 'IANA time zone in which days, weeks and months start.',
            examples: ['Europe/Berlin'],
          },
        ),
      ),
      anchor: z.optional(
        described(
          instant.check(z.refine((text) => Date.parse(text) <= Date.now(), 'must not be in the future')),
          {
            description:
              'Start of the first day, week, month and 5-hour window; by default they follow the calendar.',
            examples: ['2026-01-31T00:00:00Z'],
          },
        ),
      ),
    }),
    { id: 'UserPlanRequest' },
  ),
  isIdempotent: true,
} as const satisfies RequestShape;

/** The calendar in a request, without absent fields. */
export function scheduleOf({
  timeZone,
  anchor,
}: {
  readonly timeZone?: string | undefined;
  readonly anchor?: string | undefined;
}): Partial<Pick<Schedule, 'timeZone' | 'anchor'>> {
  return {
    ...(timeZone !== undefined && { timeZone }),
    ...(anchor !== undefined && { anchor: Date.parse(anchor) }),
  };
}
