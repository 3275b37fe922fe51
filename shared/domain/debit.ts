import { type Account, type Amounts, mapCounters, recount } from './account.ts';

/** The account after units were used. The caller has made sure that `decide` allows it. */
export function debit(account: Account, amounts: Amounts): Account {
  return mapCounters(account, amounts.keys(), (counter, feature) => {
    const amount = amounts.get(feature) ?? 0;
    return recount(counter, { used: counter.used + amount, lifetime: counter.lifetime + amount });
  });
}
