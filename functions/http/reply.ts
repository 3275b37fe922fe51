import type { Problem } from './problems.ts';
import type { Answer } from './response.ts';

/** What a decision was about; it becomes one log line and, per feature, one set of metrics. */
export interface DecisionRecord {
  readonly userId: string;
  /** `allowed`, `replayed`, or the reason why not. */
  readonly outcome: string;
  readonly operationId: string | null;
  readonly features: readonly {
    readonly type: string;
    readonly amount: number;
    /** `null`: unlimited, or not in the account. */
    readonly remaining: number | null;
    /** How much of the limit is used, in percent; `null`: there is none, or it is 0. */
    readonly usagePercent: number | null;
    /** Whether the account has the feature. Names it does not have come from callers, in any number. */
    readonly isKnown: boolean;
  }[];
  /** Whether it counts as a decision on units; other changes are logged only. */
  readonly isCounted: boolean;
}

/** What a handler answers. */
export type Reply = (Answer | { readonly problem: Problem }) & { readonly decision?: DecisionRecord };
