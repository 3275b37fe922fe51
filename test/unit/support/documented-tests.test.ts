import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
/**
 * A test as named in the documents: its path below `test/`, or below the project for the simulator's, without
 * its ending.
 */
const NAMED_TEST = /`((?:unit|infra|integration|e2e|proofs)\/[\w./-]*\w)(?:`|:)/g;
const ENDINGS = ['.test.ts', '.race.test.ts', '.integration.test.ts', '.infra.test.ts', '.e2e.test.ts'];

describe.each(['docs/testing.md', 'docs/security.md'])('%s', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const named = [...new Set([...text.matchAll(NAMED_TEST)].map(([, name = '']) => name))].filter(
    (name) => !name.endsWith('.ts'),
  );

  it('names existing tests', () => {
    expect(named.length).toBeGreaterThan(10);
    const missing = named.filter(
      (name) =>
        !ENDINGS.some((ending) => ['test', '.'].some((top) => existsSync(join(ROOT, top, name + ending)))),
    );
    expect(missing).toEqual([]);
  });
});
