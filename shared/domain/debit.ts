import { type Account, type Amounts, mapCounters } from './account.ts';
import { countUse } from './count-use.ts';

/** The account after units were used. The caller has made sure that `decide` allows it. */
export function debit(account: Account, amounts: Amounts): Account {
  return mapCounters(account, amounts.keys(), (counter, feature) =>
    countUse(counter, amounts.get(feature) ?? 0),
  );
}
