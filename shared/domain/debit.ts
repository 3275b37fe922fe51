import { type Account, type Amounts, mapCounters } from './account.ts';
import { countUse } from './count-use.ts';

/** Adds used units to the account. Precondition: `decide` allows it. */
export function debit(account: Account, amounts: Amounts): Account {
  return mapCounters(account, amounts.keys(), (counter, feature) =>
    countUse(counter, amounts.get(feature) ?? 0),
  );
}
