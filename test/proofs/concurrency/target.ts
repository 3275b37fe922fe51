/** What one consume came to, as its caller sees it. */
export type ConsumeOutcome = 'accepted' | 'denied' | 'failed';

/** What is written down about a user after a scenario. */
export interface Books {
  /** Units that the account says are used. */
  readonly used: number;
  /** Sum of the ledger's units, and how many entries it has. */
  readonly ledgerUnits: number;
  readonly ledgerEntries: number;
}

/** An implementation of quotas that the report can drive. */
export interface Target {
  readonly name: string;
  /** Makes a user that may use `limit` units, `used` of which are gone. */
  createUser(userId: string, limit: number, used: number): Promise<void>;
  consume(userId: string, amount: number): Promise<ConsumeOutcome>;
  books(userId: string): Promise<Books>;
}
