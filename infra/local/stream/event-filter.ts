/**
 * Implements Lambda's event filtering of stream records. A record passes if any pattern matches.
 *
 * @param patterns JSON texts of the template's `FilterCriteria`; none: all records pass
 * @throws Error for an operator that is not implemented
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function eventFilter(patterns: readonly string[]): (event: unknown) => boolean {
  const matchers = patterns.map((pattern) => matcherOf(JSON.parse(pattern)));
  return (event) => matchers.length === 0 || matchers.some((matches) => matches(event));
}

type Matcher = (value: unknown) => boolean;

function matcherOf(pattern: unknown): Matcher {
  if (Array.isArray(pattern)) {
    const rules = pattern.map(ruleOf);
    return (value) => rules.some((matches) => matches(value));
  }
  if (typeof pattern !== 'object' || pattern === null)
    throw new Error('A filter pattern must be an object or a list');
  const fields = Object.entries(pattern).map(([name, inner]): Matcher => {
    if (name === '$or') throw unknown(name);
    const matches = matcherOf(inner);
    return (value) => matches(Object(value)[name]);
  });
  return (value) => fields.every((matches) => matches(value));
}

/** Returns the matcher of a list entry: an exact value or an operator. */
function ruleOf(rule: unknown): Matcher {
  if (typeof rule !== 'object' || rule === null) return (value) => value === rule;
  const [[operator, operand] = ['', undefined]] = Object.entries(rule);
  switch (operator) {
    case 'prefix':
      return (value) => typeof value === 'string' && value.startsWith(String(operand));
    case 'suffix':
      return (value) => typeof value === 'string' && value.endsWith(String(operand));
    case 'exists':
      return (value) => (value !== undefined) === operand;
    case 'anything-but': {
      const excluded: unknown[] = [operand].flat();
      return (value) => value !== undefined && !excluded.includes(value);
    }
    default:
      throw unknown(operator);
  }
}

function unknown(operator: string): Error {
  return new Error(`The filter operator ${operator} is not supported by the local stack`);
}
