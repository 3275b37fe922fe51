import Stripe from 'stripe';

/**
 * Restores the SDK's decimals in a graph of objects, arrays and maps: `v8.serialize` keeps their fields and
 * loses their class. Other objects keep their identity.
 */
export function reviveDecimals(root: unknown): void {
  const seen = new Set<unknown>();
  const open = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    for (const [child, replace] of childrenOf(value)) {
      const decimal = decimalOf(child);
      if (decimal) replace(decimal);
      else if (typeof child === 'object' && child !== null) open.push(child);
    }
  }
}

type Child = readonly [value: unknown, replace: (by: unknown) => void];

function childrenOf(value: unknown): Child[] {
  if (value instanceof Map) return [...value].map(([key, child]) => [child, (by) => value.set(key, by)]);
  const holder: Record<string, unknown> = Object(value);
  return Object.entries(holder).map(([name, child]) => [
    child,
    (by) => {
      holder[name] = by;
    },
  ]);
}

function decimalOf(value: unknown): Stripe.Decimal | undefined {
  const { _coefficient: coefficient, _exponent: exponent } = Object(value);
  return typeof coefficient === 'bigint' ? Stripe.Decimal.from(`${coefficient}e${exponent}`) : undefined;
}
