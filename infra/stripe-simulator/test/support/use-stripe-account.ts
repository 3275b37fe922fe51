import { afterEach, beforeEach } from 'vitest';
import type { SimulatorOptions } from '../../src/simulator-options.ts';
import { openStripeAccount, type StripeAccount } from './stripe-account.ts';

/** Opens an account for each test of a suite. */
export function useStripeAccount(options?: SimulatorOptions): () => StripeAccount {
  let account: StripeAccount;
  beforeEach(async () => {
    account = await openStripeAccount(options);
  });
  afterEach(() => account.stop());
  return () => account;
}
