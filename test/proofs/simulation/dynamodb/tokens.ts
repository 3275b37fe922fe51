export type TokenKind = 'name' | 'value' | 'word' | 'symbol';

export interface Token {
  /** `name`: `#n`; `value`: `:v`; `word`: an attribute, a function or a keyword. */
  readonly kind: TokenKind;
  readonly text: string;
}

const PATTERN =
  /\s*(?:(?<name>#\w+)|(?<value>:\w+)|(?<word>[A-Za-z_]\w*)|(?<symbol><>|<=|>=|[=<>(),.+-]))\s*/y;

/** The tokens of an expression. Throws on syntax that this model lacks, such as list indexes. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  for (let at = 0; at < text.length; at = PATTERN.lastIndex) {
    const groups = PATTERN.exec(text)?.groups;
    const found = Object.entries(groups ?? {}).find(([, part]) => part !== undefined);
    if (!found) throw new SyntaxError(`unknown syntax at ${at}: ${text}`);
    const [kind, part = ''] = found;
    tokens.push({ kind: kind as TokenKind, text: part }); // the pattern's own group names
  }
  return tokens;
}

/** Reads tokens one after the other. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  get next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** Whether the next tokens match, words in any case; does not advance. */
  reads(...texts: string[]): boolean {
    return texts.every(
      (text, index) => this.#tokens[this.#at + index]?.text.toUpperCase() === text.toUpperCase(),
    );
  }

  /** Skips a matching token, if it is next. */
  skip(text: string): boolean {
    const isThere = this.reads(text);
    if (isThere) this.#at += 1;
    return isThere;
  }

  take(): Token {
    const token = this.next;
    if (!token) throw this.unknown();
    this.#at += 1;
    return token;
  }

  expect(text: string): void {
    if (!this.skip(text)) throw this.unknown();
  }

  unknown(): SyntaxError {
    return new SyntaxError(`unknown syntax near "${this.next?.text ?? 'the end'}": ${this.#source}`);
  }
}
