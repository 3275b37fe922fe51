/** A text for people within a file: a comment, a string of several words, or a paragraph of Markdown. */
export interface Prose {
  /** Where the text begins in the file. */
  readonly offset: number;
  /** As long as in the file; line breaks, comment marks and quoted code are spaces. */
  readonly text: string;
}

const COMMENT = String.raw`\/\*[\s\S]*?\*\/|\/\/[^\n]*(?:\n[ \t]*\/\/[^\n]*)*`;
const STRING = String.raw`'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"`;
/**
 * A slash is a regular expression after an operator, an opening bracket or a keyword, otherwise a division.
 */
const REGEX = String.raw`(?<=(?:[=(,:[!&|?{};]|=>|\breturn)[ \n]*)\/(?![*\/])(?:\[(?:[^\]\\\n]|\\.)*\]|[^\/\\\n[]|\\.)+\/`;
const TOKEN = new RegExp(`(${COMMENT})|(${STRING})|(${REGEX})|([\`{}])`, 'g');
const TEMPLATE_TEXT = /(?:[^`\\$]|\\.|\$(?!\{))*/y;

/**
 * The comments, strings and templates of TypeScript source. Strings without a space are names, and are left
 * out.
 */
export function proseOfTypeScript(source: string): Prose[] {
  const found: Prose[] = [];
  /** `true` for each open brace that ends an expression of a template. */
  const braces: boolean[] = [];
  const readTemplate = (from: number): number => {
    TEMPLATE_TEXT.lastIndex = from;
    const [text = ''] = TEMPLATE_TEXT.exec(source) ?? [];
    if (/\S\s+\S/.test(text)) found.push({ offset: from, text });
    const end = from + text.length;
    if (source[end] === '$') braces.push(true);
    return end + (source[end] === '$' ? 2 : 1);
  };
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(source); token; token = TOKEN.exec(source)) {
    const [all, comment, string, , mark] = token;
    if (comment) found.push({ offset: token.index, text: plain(comment) });
    else if (string && /\S\s+\S/.test(string))
      found.push({ offset: token.index + 1, text: string.slice(1, -1) });
    else if (mark === '{') braces.push(false);
    const isTemplate = mark === '`' || (mark === '}' && braces.pop() === true);
    if (isTemplate) TOKEN.lastIndex = readTemplate(token.index + all.length);
  }
  return found;
}

/** The paragraphs of a Markdown document, without code. */
export function proseOfMarkdown(source: string): Prose[] {
  const text = source.replaceAll(/^```[\s\S]*?^```/gm, blank);
  return [...text.matchAll(/\S(?:[^\n]|\n(?!\s*(?:\n|[-*|#>]|\d+\.)))*/g)].map(({ 0: paragraph, index }) => ({
    offset: index,
    text: plain(paragraph),
  }));
}

/** The text without comment marks and quoted code, in its full length. */
function plain(text: string): string {
  const bare = text.replaceAll(/^\/\*+|\*\/$|^\/\/|\n[ \t]*(?:\*(?!\/)|\/\/)?/g, blank);
  return bare.replaceAll(/`[^`]*`/g, (code) => `\`${'_'.repeat(code.length - 2)}\``).replaceAll('\n', ' ');
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}
