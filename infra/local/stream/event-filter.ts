/**
 * Lambda's event filtering: which records of a stream reach the function at all. A record passes when any pattern matches.
 *
 * @param patterns JSON texts as in the template's `FilterCriteria`; none: everything passes
 * @throws Error for an operator that is not known here, rather than deliver other records than AWS would
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

/** One entry of a list: a value to be equal to, or an operator. */
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
  return new Error(`The filter operator ${operator} is not known to the local stack`);
}
