import * as z from 'zod/mini';
import type { Allowance } from '../../../shared/domain/plan.ts';
import type { PlanEdit } from '../../../shared/domain/plan-edit.ts';
import { DEFAULT_THRESHOLDS, THRESHOLD_BOUNDS } from '../../../shared/domain/threshold.ts';
import type { RequestShape } from '../request-shape.ts';
import { described, feature, inputError, interval, planId, printable, units } from './fields.ts';
import { freshness } from './freshness.ts';
import { pageQuery, pageQueryOf } from './page.ts';

const MAX_FEATURES = 20;
const MAX_INTERVALS = 4;
const MAX_PRICES = 20;
/** Stripe's own limit. */
const MAX_TRIAL_DAYS = 730;

const path = z.strictObject({ planId });

export const getPlanRequest = { path, query: freshness } as const satisfies RequestShape;

export const allowance = described(
  z.strictObject({
    feature: described(feature, { description: 'The feature that the allowance limits.' }),
    limit: described(z.nullable(units(0, 'Units per period.')), {
      description: 'Units per period; `null`: unlimited.',
      examples: [100],
    }),
    interval,
    enforced: described(z._default(z.boolean(), true), {
      description: '`false`: usage is counted and reported but never denied.',
    }),
  } satisfies Record<keyof Allowance, unknown>),
  { id: 'Allowance' },
);

type Allowances = readonly z.infer<typeof allowance>[];

export const priceName = described(
  z
    .string()
    .check(
      z.regex(
        /^[a-z][A-Za-z0-9_-]{0,39}$/,
        'must have 1 to 40 letters, digits, _ and -, the first a small letter',
      ),
    ),
  { description: "One of the plan's prices, by its name.", examples: ['monthly'] },
);

/** Ids from before Stripe introduced prices start with `plan_`. */
const priceId = z
  .string()
  .check(
    z.regex(/^(price|plan)_[A-Za-z0-9_]{1,200}$/, 'must be the id of a Stripe price, such as price_1Q…'),
  );

const prices = described(
  z.record(priceName, priceId).check(({ value, issues }) => {
    const count = Object.keys(value).length;
    if (count > MAX_PRICES)
      issues.push(inputError('too_big', `must have at most ${MAX_PRICES} prices`, [], value));
  }),
  {
    description: 'The ids of the Stripe prices that buy the plan, by names such as `monthly`.',
    examples: [{ monthly: 'price_1SYpro0000000000monthly', yearly: 'price_1SYpro00000000000yearly' }],
  },
);

const percent = z
  .int(`must be a whole number of percent from ${THRESHOLD_BOUNDS.least} to ${THRESHOLD_BOUNDS.most}`)
  .check(
    z.gte(THRESHOLD_BOUNDS.least, `must be at least ${THRESHOLD_BOUNDS.least} percent`),
    z.lte(THRESHOLD_BOUNDS.most, `must be at most ${THRESHOLD_BOUNDS.most} percent`),
  );

export const thresholds = described(
  z
    .strictObject({
      warning: described(percent, { description: 'Percent of a limit at which a warning is raised.' }),
      critical: described(percent, {
        description: 'Percent of a limit at which a critical alert is raised.',
      }),
    })
    .check(({ value, issues }) => {
      if (value.warning >= value.critical)
        issues.push(inputError('contradiction', 'must be above warning', ['critical'], value));
    }),
  {
    id: 'Thresholds',
    description: 'The percentages of a limit at which alerts are raised; 100 always raises one.',
    examples: [DEFAULT_THRESHOLDS],
  },
);

const version = described(
  z.string().check(z.regex(/^[1-9]\d{0,11}$/, 'must be a version of the plan: an integer from 1')),
  { description: 'A version of the plan.', examples: ['3'] },
);
const versionPath = z.strictObject({ planId, version });

export const getPlanVersionRequest = { path: versionPath } as const satisfies RequestShape;
export const listPlanVersionsRequest = {
  path: z.strictObject({ planId }),
  query: pageQueryOf(/^[1-9]\d{0,11}$/),
} as const satisfies RequestShape;
export const restorePlanVersionRequest = {
  path: versionPath,
  isConditional: true,
} as const satisfies RequestShape;

const trialDays = z
  .int(`must be an integer from 1 to ${MAX_TRIAL_DAYS}`)
  .check(
    z.gte(1, `must be an integer from 1 to ${MAX_TRIAL_DAYS}`),
    z.lte(MAX_TRIAL_DAYS, `must be an integer from 1 to ${MAX_TRIAL_DAYS}`),
  );

export const listPlansRequest = { query: pageQuery } as const satisfies RequestShape;

export const putPlanRequest = {
  path,
  body: described(
    z.strictObject({
      name: described(printable(80), { description: 'The name of the plan, for people.', examples: ['Pro'] }),
      allowances: described(
        z
          .array(allowance)
          .check(z.minLength(1), z.maxLength(MAX_FEATURES * MAX_INTERVALS), ({ value, issues }) => {
            issues.push(...contradictions(value));
          }),
        {
          description:
            'At most 20 features. A feature may have up to 4 different intervals: all are debited together or none. `never` must be the only one.',
          examples: [
            [
              { feature: 'aiRequest', limit: 100, interval: 'month' },
              { feature: 'storage', limit: 1_000_000_000, interval: 'never' },
            ],
          ],
        },
      ),
      prices: described(z.optional(z.nullable(prices)), {
        description:
          'The ids of the Stripe prices that buy the plan, by names such as `monthly`. Absent: unchanged; `null`: removed. A removed price is no longer sold; its subscribers keep the plan until another plan has the price.',
      }),
      thresholds: described(z.optional(z.nullable(thresholds)), {
        description:
          'The percentages of a limit at which alerts are raised. Absent: unchanged; `null`: the default.',
      }),
      trialDays: described(z.optional(z.nullable(trialDays)), {
        description:
          'Trial days before the first payment, for users without an earlier trial. Absent: unchanged; `null`: no trial.',
        examples: [14],
      }),
    } satisfies Record<keyof PlanEdit, unknown>),
    { id: 'PlanRequest' },
  ),
  isConditional: true,
} as const satisfies RequestShape;

/** Issues of allowances that contradict each other. */
function contradictions(allowances: Allowances) {
  const seen = new Map<string, string[]>();
  const found = allowances.flatMap(({ feature: name, interval: period }, index) => {
    const intervals = seen.get(name) ?? [];
    const at = (field: string, message: string) =>
      inputError('contradiction', message, [index, field], allowances);
    seen.set(name, [...intervals, period]);
    if (intervals.includes(period)) return [at('interval', `must occur once for ${name}`)];
    if (intervals.includes('never') || (period === 'never' && intervals.length > 0)) {
      return [at('interval', `"never" must be the only interval of ${name}`)];
    }
    if (intervals.length === MAX_INTERVALS)
      return [at('interval', `must be one of at most ${MAX_INTERVALS} for ${name}`)];
    return [];
  });
  if (seen.size <= MAX_FEATURES) return found;
  return [...found, inputError('too_big', `must have at most ${MAX_FEATURES} features`, [], allowances)];
}
