import { expect, test } from 'vitest';
import { withRow } from '../../support/evidence.ts';

const EMPTY = 'Before.\n\n<!-- evidence: begin -->\n<!-- evidence: end -->\n\nAfter.\n';

function row(command: string, counts: string) {
  const rest = { size: '', result: 'pass', took: '1 s', date: '2026-11-22', commit: 'abc', on: '2 cores' };
  return { ...rest, command: `\`${command}\``, counts };
}

function commandsIn(document: string): string[] {
  return [...document.matchAll(/^\| `(.+?)` \|/gm)].map(([, command]) => command ?? '');
}

test('a run replaces the previous one, and leaves the others and the text unchanged', () => {
  const first = withRow(withRow(EMPTY, row('bench:lock', 'old')), row('bench:cache', 'kept'));
  const second = withRow(first, row('bench:lock', 'new'));
  expect(commandsIn(second)).toEqual(['bench:cache', 'bench:lock']);
  expect(second).toContain('| new |');
  expect(second).toContain('| kept |');
  expect(second).not.toContain('| old |');
  expect(second).toMatch(/^Before\.\n.*\nAfter\.\n$/s);
  expect(withRow(second, row('bench:lock', 'new'))).toBe(second);
});

test('a command that begins with the name of another is another', () => {
  const both = withRow(withRow(EMPTY, row('test:mutation', 'a')), row('test:mutation:domain', 'b'));
  expect(commandsIn(withRow(both, row('test:mutation', 'c')))).toEqual([
    'test:mutation',
    'test:mutation:domain',
  ]);
});

test('bars and line breaks in a cell do not break the table', () => {
  expect(withRow(EMPTY, row('bench:lock', 'a|b\nc'))).toContain('| a\\|b c |');
});

test('a document without the markers is not overwritten', () => {
  expect(() => withRow('nothing here', row('bench:lock', ''))).toThrow('evidence: begin');
});
