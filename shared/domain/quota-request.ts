import type { Amounts, Change } from './account.ts';

/** The input that all quota verbs share. */
export interface QuotaRequest {
  readonly userId: string;
  readonly amounts: Amounts;
  /** The caller's own id of this operation, if any. */
  readonly idempotencyKey?: string | undefined;
  readonly context?: OperationContext | undefined;
}

/** The caller's description of the work, stored in the ledger and never evaluated. */
export type OperationContext = Pick<Change, 'resourceType' | 'resourceId' | 'metadata'>;

/** Sums amounts by feature, so that a feature named twice has the sum of both. */
export function sumAmounts(items: Iterable<{ type: string; amount: number }>): Amounts {
  const amounts = new Map<string, number>();
  for (const { type, amount } of items) amounts.set(type, (amounts.get(type) ?? 0) + amount);
  return amounts;
}
