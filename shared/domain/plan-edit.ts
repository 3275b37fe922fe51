import type { PlanContent } from './plan.ts';

type OptionalField = {
  [Field in keyof PlanContent]-?: undefined extends PlanContent[Field] ? Field : never;
}[keyof PlanContent];

/** New content of a plan. An optional field that is absent keeps its value; `null` removes it. */
export type PlanEdit = Omit<PlanContent, OptionalField> & {
  readonly [Field in OptionalField]?: PlanContent[Field] | null;
};

/**
 * The newest version that an edit expects: one of a list, `any` of an existing plan, or `none`: the plan is
 * new.
 */
export type ExpectedVersion = 'any' | 'none' | readonly number[];

/**
 * A plan's content after an edit; a missing field does not compile. @param before the newest version;
 * `undefined`: the plan is new
 */
export function editedContent(edit: PlanEdit, before: PlanContent | undefined): PlanContent {
  return {
    name: edit.name,
    allowances: edit.allowances,
    prices: edited(edit.prices, before?.prices),
    thresholds: edited(edit.thresholds, before?.thresholds),
    trialDays: edited(edit.trialDays, before?.trialDays),
  } satisfies Record<keyof PlanContent, unknown>;
}

/** The edit that gives a plan exactly this content: optional fields that the content lacks are removed. */
export function restoringEdit({ name, allowances, ...optional }: PlanContent): PlanEdit {
  const { prices = null, thresholds = null, trialDays = null } = optional;
  return { name, allowances, prices, thresholds, trialDays } satisfies Record<keyof PlanEdit, unknown>;
}

/** Whether `version`, the newest of a plan (`undefined`: no such plan), is one that an edit expects. */
export function isExpected(expected: ExpectedVersion | undefined, version: number | undefined): boolean {
  if (expected === undefined) return true;
  if (expected === 'none' || version === undefined) return expected === 'none' && version === undefined;
  return expected === 'any' || expected.includes(version);
}

function edited<T>(value: T | null | undefined, before: T | undefined): T | undefined {
  return value === undefined ? before : (value ?? undefined);
}
