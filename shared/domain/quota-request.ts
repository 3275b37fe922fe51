import type { Amounts, Change } from './account.ts';

/** What every verb on quotas is asked with. */
export interface QuotaRequest {
  readonly userId: string;
  readonly amounts: Amounts;
  /** The caller's own id of this operation, if it sent one. */
  readonly idempotencyKey?: string | undefined;
  readonly context?: OperationContext | undefined;
}

/** What the caller says about the work, kept in the ledger and never looked at. */
export type OperationContext = Pick<Change, 'resourceType' | 'resourceId' | 'metadata'>;

/** Sums amounts by feature, so that a feature named twice is counted once with both. */
export function sumAmounts(items: Iterable<{ type: string; amount: number }>): Amounts {
  const amounts = new Map<string, number>();
  for (const { type, amount } of items) amounts.set(type, (amounts.get(type) ?? 0) + amount);
  return amounts;
}
