import * as z from 'zod/mini';
import type { Schedule } from '../../shared/domain/account.ts';
import { isTimeZone } from '../../shared/domain/period.ts';
import type { RequestShape } from '../runtime/request-shape.ts';
import { date, docs, fault, feature, instant, planId, userId } from './fields.ts';
import { freshness, freshnessFields } from './freshness.ts';
import { pageQuery } from './page.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS = 92;
const DEFAULT_DAYS = 30;

const path = z.strictObject({ userId });

export const getUserQuotaRequest = { path, query: freshness } as const satisfies RequestShape;

export const getUserSubscriptionRequest = { path, query: freshness } as const satisfies RequestShape;

/** What grows without end comes in pages. */
export const getUserRecordsRequest = { path, query: pageQuery } as const satisfies RequestShape;

/** The days a report is about: as asked, else up to today, else the last 30. `now`: epoch ms. */
export function daysAsked(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
): { from: string; to: string } {
  const last = to ?? dateOf(now);
  return { from: from ?? dateOf(Date.parse(last) - (DEFAULT_DAYS - 1) * DAY_MS), to: last };
}

function dateOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

export const getUserUsageRequest = {
  path,
  query: z
    .strictObject({
      type: z.optional(feature),
      from: z.optional(date).register(docs, { description: 'First day (UTC).', examples: ['2026-11-01'] }),
      to: z
        .optional(date)
        .register(docs, { description: 'Last day (UTC), included.', examples: ['2026-11-22'] }),
      ...freshnessFields,
    })
    .check(({ value, issues }) => {
      // What is no date was told already, and has no days.
      if (issues.length > 0) return;
      const { from, to } = daysAsked(value, Date.now());
      const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
      if (days < 1) issues.push(fault('too_big', 'must not be after the last day', ['from'], from));
      if (days > MAX_DAYS) {
        issues.push(
          fault(
            'too_small',
            `must be at most ${MAX_DAYS} days before the last day, both counted`,
            ['from'],
            from,
          ),
        );
      }
    }),
} as const satisfies RequestShape;

export const setUserPlanRequest = {
  path,
  body: z
    .strictObject({
      planId,
      timeZone: z.optional(
        z
          .string()
          .check(
            z.refine(
              (name) => name.length <= 64 && isTimeZone(name),
              'must be an IANA time zone such as Europe/Berlin',
            ),
          )
          .register(docs, {
            description: 'Where days, weeks and months begin (IANA).',
            examples: ['Europe/Berlin'],
          }),
      ),
      anchor: z.optional(
        instant
          .check(z.refine((text) => Date.parse(text) <= Date.now(), 'must not lie in the future'))
          .register(docs, {
            description:
              "From when days, weeks, months and 5-hour windows are counted; without it the calendar's own.",
            examples: ['2026-01-31T00:00:00Z'],
          }),
      ),
    })
    .register(docs, { id: 'UserPlanRequest' }),
  isIdempotent: true,
} as const satisfies RequestShape;

/** The calendar in a request, without what the caller left out. */
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
