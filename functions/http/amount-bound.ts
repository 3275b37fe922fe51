import { sumAmounts } from '../../shared/domain/quota-request.ts';
import { pathText } from './input-errors.ts';
import { type InputError, invalidRequest, type Problem } from './problems.ts';

/** A request body with amounts: its own, or those of its items. */
interface WithAmounts {
  readonly amount?: number;
  readonly items?: readonly { readonly type: string; readonly amount: number }[];
}

/** The problem of a request for more than `most` units at once; `undefined`: it is within the bound. */
export function amountTooLarge({ amount = 0, items = [] }: WithAmounts, most: number): Problem | undefined {
  const own = amount > most ? [inputError('amount', `must be at most ${most}`)] : [];
  const large = items.flatMap((item, index) =>
    item.amount > most
      ? [inputError(pathText(['items', index, 'amount'], 'body'), `must be at most ${most}`)]
      : [],
  );
  const rest = items.filter((item) => item.amount <= most);
  const sums = [...sumAmounts(rest)].flatMap(([type, sum]) =>
    sum > most ? [inputError('items', `must request at most ${most} of "${type}" in total`)] : [],
  );
  const errors = [...own, ...large, ...sums];
  return errors.length === 0 ? undefined : { ...invalidRequest(errors), code: 'amount_too_large' };
}

function inputError(path: string, message: string): InputError {
  return { path, message, code: 'too_big' };
}
