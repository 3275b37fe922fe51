/** The outcome of one consume, for its caller. */
export type ConsumeOutcome = 'accepted' | 'denied' | 'failed';

/** The stored data of a user after a scenario. */
export interface Books {
  /** Used units of the account. */
  readonly used: number;
  /** Sum of the ledger's units, and its number of entries. */
  readonly ledgerUnits: number;
  readonly ledgerEntries: number;
}

/** An implementation of quotas that the report can call. */
export interface Target {
  readonly name: string;
  /** Creates a user with a limit and used units. */
  createUser(userId: string, limit: number, used: number): Promise<void>;
  consume(userId: string, amount: number): Promise<ConsumeOutcome>;
  books(userId: string): Promise<Books>;
}
