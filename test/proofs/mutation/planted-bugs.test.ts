import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plant } from './planted-bug.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(resolve(ROOT, file), 'utf8');

/** `npm run test:mutation` checks whether each is caught. */
describe('planted bugs', () => {
  test('are many, with unique names', () => {
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(PLANTED_BUGS.length);
  });

  test.each(PLANTED_BUGS)('can still be planted: $name', (bug) => {
    const text = read(bug.file);
    expect(plant(text, bug)).not.toBe(text);
  });

  test.each(PLANTED_BUGS)(
    'have an existing test that must catch them: $name',
    ({ test: file, named = '' }) => {
      expect(read(file).replaceAll('\\', '')).toContain(named.split(': ').at(-1)?.split(', ')[0]);
    },
  );
});
