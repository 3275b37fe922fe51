import type { Account, Change } from '../../domain/account.ts';

/**
 * Writes of one call whose responses were lost. The network may deliver them at any time, so each is
 * outstanding until the account has changed such that its condition can never hold again.
 */
export class OutstandingWrites {
  /** The highest version on which a save was attempted; it is rejected on every other version. */
  #savedOn = -1;
  /** The latest date of a blind write (epoch ms); it is rejected after a change with a later date. */
  #blindAt = Number.NEGATIVE_INFINITY;

  addSave({ version }: Account): void {
    this.#savedOn = Math.max(this.#savedOn, version - 1);
  }

  addBlind({ at }: Change): void {
    this.#blindAt = Math.max(this.#blindAt, at);
  }

  /** Whether one may yet be applied. @param account as it was after they were sent */
  mayApplyTo(account: Account | undefined): boolean {
    const { version = 0, change } = account ?? {};
    const changedAt = change?.at ?? Number.NEGATIVE_INFINITY;
    const isBlindSent = this.#blindAt !== Number.NEGATIVE_INFINITY;
    return this.#savedOn >= version || (isBlindSent && this.#blindAt >= changedAt);
  }
}
