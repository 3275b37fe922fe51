import { describe, expect, it } from 'vitest';
import { bannedWords } from './banned-words.ts';

const found = (source: string, file = 'file.ts') => bannedWords(file, source).map((one) => one.found);

describe('banned words in TypeScript', () => {
  it('are found in comments, across line breaks', () => {
    const source =
      '/**\n * It is returned to\n * whoever asked, so\n * many times.\n */\n// Gone on\n// with later.';
    expect(bannedWords('file.ts', source)).toMatchObject([
      { line: 3, found: 'whoever' },
      { line: 4, found: 'so many' },
      { line: 7, found: 'Gone on with' },
    ]);
  });

  it('are found in strings and templates of several words, also within expressions of a template', () => {
    expect(found("const text = 'nobody did'")).toEqual(['nobody']);
    expect(found('const text = "nobody did"')).toEqual(['nobody']);
    expect(found(`const text = \`a \${b ? \`nobody did \${c}\` : { d }} somebody did\``)).toEqual([
      'nobody',
      'somebody',
    ]);
  });

  it.each([
    ['code', 'const told = untold.heard(says);'],
    ['names', "const attribute = 'told';"],
    ['quoted code in comments', '/** The attribute `told` of an item. */'],
    ['regular expressions', "const pattern = /who's (nobody)/; const rest = 'a b';"],
    ['text after a division', "const half = total / 2; const other = 1 / half; const name = 'a b';"],
    ['relative clauses', '// A user who has no trial, and the one who has.'],
    ['questions', '// What is a plan?'],
  ])('are not found in %s', (_, source) => {
    expect(found(source)).toEqual([]);
  });

  it.each([
    ['Who has the lock writes.', 'Who'],
    ['A lock; who has it writes.', '; who'],
    ['What is left is retried.', 'What is'],
    ['The item stands in the index.', 'stands'],
    ['The sum comes to 5.', 'comes to'],
    ['It is told later.', 'told'],
  ])('are found as the subject or the verb: %s', (text, word) => {
    expect(found(`// ${text}`)).toEqual([word]);
  });
});

describe('banned words in Markdown', () => {
  it('are found in paragraphs, lists and tables, not in code', () => {
    const source = '# Nobody here\n\n- so\n  many\n\n```\nnobody\n```\n\n| a `told` | told |\n';
    expect(bannedWords('file.md', source)).toMatchObject([
      { line: 1, found: 'Nobody' },
      { line: 4, found: 'so many' },
      { line: 10, found: 'told' },
    ]);
  });
});
