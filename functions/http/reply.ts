import type { Problem } from './problems.ts';
import type { Answer } from './response.ts';

/** A decision as it is recorded: one log line and, per feature, one set of metrics. */
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
    /** Percent of the limit that is used; `null`: no limit, or 0. */
    readonly usagePercent: number | null;
    /** Whether the account has the feature. Other names come from callers and are unbounded. */
    readonly isKnown: boolean;
  }[];
  /** Whether it counts as a decision on units; other changes are logged only. */
  readonly isCounted: boolean;
}

/** The result of a handler. */
export type Reply = (Answer | { readonly problem: Problem }) & { readonly decision?: DecisionRecord };
