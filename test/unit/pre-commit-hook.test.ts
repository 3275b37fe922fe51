import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const UNFORMATTED = `import { b } from './b.ts';\nimport { a } from './a.ts';\nexport const  c = a+b\n`;
const FORMATTED = `import { a } from './a.ts';\nimport { b } from './b.ts';\nexport const c = a + b;\n`;

describe('the pre-commit hook', () => {
  let folder: string;
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const git = (...args: string[]) => {
    // The hook of an outer commit that runs the tests would pass its own index on.
    const { GIT_DIR, GIT_INDEX_FILE, GIT_WORK_TREE, ...env } = process.env;
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    return execFileSync('git', [...identity, ...args], { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
  };
  const commit = () => git('commit', '--quiet', '--message', 'test');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pre-commit-'));
    git('init', '--quiet');
    git('config', 'core.hooksPath', '.githooks');
    for (const file of ['.githooks', 'biome.json', '.gitignore'])
      cpSync(join(ROOT, file), join(folder, file), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('formats staged files, in the commit and in the folder', () => {
    write('c.ts', UNFORMATTED);
    git('add', 'c.ts');
    commit();
    expect(git('show', 'HEAD:c.ts')).toBe(FORMATTED);
    expect(read('c.ts')).toBe(FORMATTED);
  });

  it('commits no change that is not staged', () => {
    write('c.ts', UNFORMATTED);
    git('add', 'c.ts');
    write('c.ts', `${UNFORMATTED}// later\n`);
    commit();
    expect(git('show', 'HEAD:c.ts')).toBe(FORMATTED);
    expect(read('c.ts')).toBe(`${UNFORMATTED}// later\n`);
  });

  it('leaves files that do not parse, and other files, as they are', () => {
    write('c.ts', 'export const  c = ;\n');
    write('c.md', '*  text\n');
    git('add', 'c.ts', 'c.md');
    commit();
    expect(git('show', 'HEAD:c.ts')).toBe('export const  c = ;\n');
    expect(git('show', 'HEAD:c.md')).toBe('*  text\n');
  });

  it('does not stop a commit where nothing is installed', () => {
    rmSync(join(folder, 'node_modules'));
    write('c.ts', UNFORMATTED);
    git('add', 'c.ts');
    commit();
    expect(git('show', 'HEAD:c.ts')).toBe(UNFORMATTED);
  });
});
