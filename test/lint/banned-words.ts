import { type Prose, proseOfMarkdown, proseOfTypeScript } from './prose.ts';

interface Ban {
  readonly pattern: RegExp;
  /** The term to write instead. */
  readonly instead: string;
}

/** The start of a sentence or of a clause. */
const START = String.raw`(?:^[\s\`]*|[.:;—]\s+)`;

/** Phrases that have a plain technical term, or hide the subject of their sentence. */
const BANS: readonly Ban[] = [
  ban(`${START}who(?:ever)?`, 'name the subject: the caller, the operator, a reader'),
  ban('whoever|nobody|somebody|anybody|everybody', 'name the subject, or use the passive'),
  ban(
    `${START}what (?:is|was|are|were|it|they)(?![^.]*\\?)`,
    'name the thing: the state, the fields, the outcome',
  ),
  ban('tells?|told|telling', 'return, report, publish, notify'),
  ban('says?|said|saying', 'return, report, contain, define'),
  ban('hears?|heard', 'receive, read'),
  ban('stands?|stood', 'is, exists, applies, is stored'),
  ban('(?:comes?|came|coming) to', 'become, result in, arrive at'),
  ban('so (?:many|much|few|long)(?! ago)', 'give the number or the bound'),
  ban('(?:goes|go|going|gone|went) on(?: with)?', 'continue'),
];

function ban(words: string, instead: string): Ban {
  const isStart = words.startsWith(START);
  const pattern = `${isStart ? '' : String.raw`\b`}(?:${words})\\b`.replaceAll(' ', String.raw`\s+`);
  return { pattern: new RegExp(pattern, 'gi'), instead };
}

export interface Finding {
  /** Counted from 1. */
  readonly line: number;
  readonly found: string;
  readonly instead: string;
}

/** Returns every banned phrase in a file's comments, strings or paragraphs, in the order of the file. */
export function bannedWords(file: string, source: string): Finding[] {
  const texts = file.endsWith('.md') ? proseOfMarkdown(source) : proseOfTypeScript(source);
  return texts.flatMap((prose) => findingsIn(prose, source)).sort((a, b) => a.line - b.line);
}

function findingsIn({ offset, text }: Prose, source: string): Finding[] {
  return BANS.flatMap(({ pattern, instead }) =>
    [...text.matchAll(pattern)].map(({ 0: match, index }) => ({
      line: source.slice(0, offset + index + match.length).split('\n').length,
      found: match.replaceAll(/\s+/g, ' ').trim(),
      instead,
    })),
  );
}
