import { sumAmounts } from '../../shared/domain/quota-request.ts';
import { pathText } from './input-faults.ts';
import { type InputFault, invalidRequest, type Problem } from './problems.ts';

/** A request body with amounts: its own, or those of its items. */
interface WithAmounts {
  readonly amount?: number;
  readonly items?: readonly { readonly type: string; readonly amount: number }[];
}

/** The problem of a request for more than `most` units at once; `undefined`: it is within the bound. */
export function amountTooLarge({ amount = 0, items = [] }: WithAmounts, most: number): Problem | undefined {
  const own = amount > most ? [fault('amount', `must be at most ${most}`)] : [];
  const large = items.flatMap((item, index) =>
    item.amount > most
      ? [fault(pathText(['items', index, 'amount'], 'body'), `must be at most ${most}`)]
      : [],
  );
  const rest = items.filter((item) => item.amount <= most);
  const sums = [...sumAmounts(rest)].flatMap(([type, sum]) =>
    sum > most ? [fault('items', `must request at most ${most} of "${type}" in total`)] : [],
  );
  const faults = [...own, ...large, ...sums];
  return faults.length === 0 ? undefined : { ...invalidRequest(faults), code: 'amount_too_large' };
}

function fault(path: string, message: string): InputFault {
  return { path, message, code: 'too_big' };
}
