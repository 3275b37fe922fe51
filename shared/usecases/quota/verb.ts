import type { WriteResult } from '../../adapters/dynamodb/account-store.ts';
import type { Account, Amounts, Change } from '../../domain/account.ts';
import type { Operation } from '../../domain/operation.ts';
import type { OperationContext } from '../../domain/quota-request.ts';
import type { Step } from './step-on-newest-plan.ts';

/** A change of one account, as `changeAccount` runs it. */
export interface Verb<Denial, Found = undefined> {
  readonly userId: string;
  readonly kind: Change['kind'];
  readonly operation: Operation;
  readonly amounts: Amounts;
  /** When the request arrived (epoch ms): its time budget counts from here. */
  readonly arrivedAt: number;
  readonly context?: OperationContext | undefined;
  /** Reads the step's further input, after `saved`, on whose version the outcome is saved. */
  readonly look?: (
    account: Account,
    saved: Account | undefined,
    signal: AbortSignal,
  ) => Promise<Found | undefined>;
  /**
   * Pure. `account` is current at `now` (epoch ms); `saved` is the stored account that it was computed from,
   * equal if nothing was due; `found` is the result of `look`.
   */
  readonly step: (
    account: Account,
    now: number,
    saved: Account | undefined,
    found: Found | undefined,
  ) => Step<Denial>;
  readonly blind?: BlindWrite;
}

/** The last image of the account: not read yet, no account, or an account. */
export type Image = 'unseen' | undefined | Account;

/** A conditional write without a read before it: its condition tests what other verbs read first. */
export interface BlindWrite {
  /** Whether the write may succeed on the last image. */
  readonly fits: (image: Image, now: number) => boolean;
  readonly send: (write: BlindAttempt, signal: AbortSignal) => Promise<WriteResult>;
}

export interface BlindAttempt {
  readonly image: Image;
  readonly change: Change;
  /** Epoch ms. `asOf` is the age of the knowledge about the operation. */
  readonly now: number;
  readonly asOf: number;
}
