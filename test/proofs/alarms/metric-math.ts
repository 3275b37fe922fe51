/**
 * The part of CloudWatch's metric math that alarms of this stack use. Series have one value per period, the
 * oldest first; `undefined` is a missing data point.
 *
 * Source: "Using math expressions with CloudWatch metrics" of the CloudWatch user guide.
 */
export type Series = readonly (number | undefined)[];
export type Value = Series | number;

export interface MathContext {
  /** The series of a figure or of another expression, by its id. */
  readonly read: (id: string) => Series;
  /** How many periods a series has. */
  readonly length: number;
  /** Whether `FILL` fills a series of a metric that was never published; AWS does not document it. */
  readonly isFilled: (series: Series) => boolean;
}

type Binary = (left: number, right: number) => number;

/** By precedence, the weakest first. */
const OPERATORS: readonly Readonly<Record<string, Binary>>[] = [
  { OR: (a, b) => Number(a !== 0 || b !== 0), '||': (a, b) => Number(a !== 0 || b !== 0) },
  { AND: (a, b) => Number(a !== 0 && b !== 0), '&&': (a, b) => Number(a !== 0 && b !== 0) },
  {
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
    '<=': (a, b) => Number(a <= b),
    '>=': (a, b) => Number(a >= b),
    '<': (a, b) => Number(a < b),
    '>': (a, b) => Number(a > b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b },
];

/**
 * Evaluates an expression.
 *
 * @throws Error for syntax that this model does not know: an alarm that uses it needs the model extended
 * first
 */
export function evaluateMath(expression: string, context: MathContext): Series {
  const value = new Parser(tokensOf(expression), context).parse();
  if (typeof value === 'number') throw new Error(`a scalar is no result of an expression: ${expression}`);
  return value;
}

function tokensOf(expression: string): string[] {
  const tokens = expression.match(/\w+(?:\.\d+)?|==|!=|<=|>=|&&|\|\||[-+*/<>(),]/g) ?? [];
  if (tokens.join('') !== expression.replaceAll(/\s/g, '')) throw new Error(`unknown syntax: ${expression}`);
  return tokens;
}

class Parser {
  readonly #tokens: string[];
  readonly #context: MathContext;

  constructor(tokens: string[], context: MathContext) {
    this.#tokens = tokens;
    this.#context = context;
  }

  parse(): Value {
    const value = this.#binary(0);
    if (this.#tokens.length > 0) throw new Error(`unexpected ${this.#tokens[0]}`);
    return value;
  }

  #binary(level: number): Value {
    const operators = OPERATORS[level];
    if (!operators) return this.#operand();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators[this.#tokens[0] ?? ''];
      if (!operator) return left;
      this.#tokens.shift();
      left = combine(left, this.#binary(level + 1), operator);
    }
  }

  #operand(): Value {
    const token = this.#tokens.shift();
    if (token === '-') return combine(0, this.#operand(), (a, b) => a - b);
    if (token === '(') return this.#closed(this.#binary(0));
    if (token === undefined) throw new Error('unexpected end');
    if (/^\d/.test(token)) return Number(token);
    if (this.#tokens[0] !== '(') return this.#context.read(token);
    this.#tokens.shift();
    return this.#call(token, this.#arguments());
  }

  #closed(value: Value): Value {
    if (this.#tokens.shift() !== ')') throw new Error('a parenthesis is not closed');
    return value;
  }

  #arguments(): Value[] {
    const values = [this.#binary(0)];
    while (this.#tokens[0] === ',') {
      this.#tokens.shift();
      values.push(this.#binary(0));
    }
    this.#closed(0);
    return values;
  }

  #call(name: string, [first = 0, second, third]: Value[]): Value {
    if (name === 'FILL' && typeof first !== 'number' && typeof second === 'number')
      return this.#context.isFilled(first) ? first.map((value) => value ?? second) : first;
    if (name === 'IF' && typeof first !== 'number' && second !== undefined)
      return first.map((condition, at) => choose(condition, pick(second, at), third && pick(third, at)));
    if (name === 'TIME_SERIES' && typeof first === 'number')
      return Array.from({ length: this.#context.length }, () => first);
    throw new Error(`unknown function ${name}`);
  }
}

const pick = (value: Value, at: number) => (typeof value === 'number' ? value : value[at]);

/**
 * A missing condition drops the data point; a missing value of a true condition is 0, that of a false one
 * drops it.
 */
function choose(condition: number | undefined, yes: number | undefined, no: number | undefined) {
  if (condition === undefined) return undefined;
  return condition === 0 ? no : (yes ?? 0);
}

/**
 * Where only one of two series has a data point, the other counts as 0. A division by zero drops the data
 * point.
 */
function combine(left: Value, right: Value, operator: Binary): Value {
  if (typeof left === 'number' && typeof right === 'number') return operator(left, right);
  const length = typeof left === 'number' ? pickLength(right) : left.length;
  return Array.from({ length }, (_, at) => {
    const [a, b] = [pick(left, at), pick(right, at)];
    const isMissing =
      (typeof left === 'number' || a === undefined) && (typeof right === 'number' || b === undefined);
    if (isMissing) return undefined;
    const result = operator(a ?? 0, b ?? 0);
    return Number.isFinite(result) ? result : undefined;
  });
}

const pickLength = (value: Value) => (typeof value === 'number' ? 0 : value.length);
