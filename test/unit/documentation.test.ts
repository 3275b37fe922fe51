import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACCOUNT } from '../../shared/adapters/dynamodb/account-item.ts';
import { INDEX, PARTITIONS } from '../../shared/contract.ts';
import { INTERVALS } from '../../shared/domain/account.ts';
import { anchorsOf, brokenLinks } from '../support/markdown-links.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const documents = globSync(['**/*.md', '.github/**/*.md'], {
  cwd: ROOT,
  exclude: ['**/node_modules', '.data', '.cache', 'cdk.out', 'dist'],
});

describe('the documents', () => {
  it('are found', () => {
    expect(documents).toEqual(
      expect.arrayContaining(['README.md', 'docs/architecture.md', '.github/pull_request_template.md']),
    );
  });

  it.each(documents)('%s has links that lead somewhere', (document) => {
    expect(brokenLinks(ROOT, document, read(document))).toEqual([]);
  });

  it('list every decision in the index, with its title, status and date', () => {
    const records = globSync('docs/decisions/[0-9]*.md', { cwd: ROOT }).sort();
    const rows = read('docs/decisions/README.md')
      .split('\n')
      .filter((line) => /^\| \d/.test(line));
    const expected = records.map((file) => {
      const [, number, title] = /^# (\d{4}) (.+)$/m.exec(read(file)) ?? [];
      return `| ${number} | [${title}](${basename(file)}) | status | date |`;
    });
    expect(
      rows.map((row) => row.replace(/\| accepted[^|]* \| \d{4}-\d{2}-\d{2} \|$/, '| status | date |')),
    ).toEqual(expected);
  });
});

describe('a link check', () => {
  it.each([
    ['[x](docs/none.md)', 'docs/none.md does not exist'],
    ['[x](docs/runbook.md#none)', 'docs/runbook.md#none names no heading'],
    ['# Only\n\n[x](#none)', '#none names no heading'],
    ['[x](/etc/passwd)', '/etc/passwd leaves the repository'],
    ['[x](../other/file.md)', '../other/file.md leaves the repository'],
    ['[x](file:///tmp/x)', 'file:///tmp/x is not an https URL'],
    ['[x](http://example.com)', 'http://example.com is not an https URL'],
    ['![x](docs/none.png "title")', 'docs/none.png does not exist'],
    ['[x]: docs/none.md', 'docs/none.md does not exist'],
    ['see `shared/none.ts`', '`shared/none.ts` does not exist'],
  ])('finds %j', (text, fault) => {
    expect(brokenLinks(ROOT, 'README.md', text)).toEqual([`README.md: ${fault}`]);
  });

  it.each([
    '[x](docs/runbook.md#table-throttled)',
    '# Only this\n\n[x](#only-this)',
    '[x](https://www.rfc-editor.org/rfc/rfc9457#section-3)',
    '`[x](none.md)`',
    '```\n[x](none.md)\n```',
  ])('accepts %j', (text) => {
    expect(brokenLinks(ROOT, 'README.md', text)).toEqual([]);
  });

  it('makes anchors as GitHub does', () => {
    const text =
      '# `npm start`, & more!\n## 2^53 − 1 (a_b)\n## Same\n### Same\n## [Link](x.md) here\n```\n# no\n```\n';
    expect([...anchorsOf(text)]).toEqual(['npm-start--more', '253--1-a_b', 'same', 'same-1', 'link-here']);
  });
});

describe('the README', () => {
  const readme = read('README.md');

  it('is short', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(150);
  });

  it('names the test command that CI runs', () => {
    const command = read('.ci/run').trim().split('\n').at(-1) ?? '';
    expect(readme).toContain(`\`\`\`\n${command}\n\`\`\``);
  });

  it('makes no promise without a test of that name', () => {
    const tests = globSync('test/**/*.ts', { cwd: ROOT }).filter(
      (file) => !file.endsWith('documentation.test.ts'),
    );
    const named = tests.map(read).join('\n').toLowerCase();
    const promises = [...readme.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(([, name = '']) => name);
    expect(promises).toHaveLength(7);
    expect(promises.filter((name) => !named.includes(name.toLowerCase()))).toEqual([]);
  });
});

describe('the map of the table', () => {
  const map = read('docs/architecture.md');

  it('names every attribute of an account', () => {
    const item = map.split('### The account item')[1]?.split('\n## ')[0] ?? '';
    const named = [...item.matchAll(/`([a-z]{1,2})`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual(Object.values(ACCOUNT).sort());
  });

  it('names the keys of every item that exists', () => {
    const sortKeys = [...read('shared/adapters/dynamodb/keys.ts').matchAll(/\bsk: ['`]([A-Z_]+)(?=[#'`])/g)];
    const prefixes = [
      ...Object.values(PARTITIONS).filter((prefix) => prefix !== PARTITIONS.health),
      ...sortKeys.map(([, prefix = '']) => prefix),
    ];
    const missing = prefixes.filter((prefix) => !map.includes(`\`${prefix}`));
    expect(prefixes.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });

  it('names every index with its keys', () => {
    for (const { name, partitionKey, sortKey } of Object.values(INDEX))
      expect(map).toMatch(new RegExp(`\\| \`${name}\` \\| \`${partitionKey}\`.* \\| \`${sortKey}\``));
  });
});

describe('the glossary', () => {
  it('lists every interval', () => {
    const [row = ''] = /^\| interval \|.*$/m.exec(read('docs/glossary.md')) ?? [];
    expect([...row.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(INTERVALS);
  });

  it('names identifiers that exist', () => {
    const named = [...read('docs/glossary.md').matchAll(/`([A-Za-z]+[A-Z][A-Za-z]*)`/g)].map(
      ([, name = '']) => name,
    );
    const sources = globSync('shared/**/*.ts', { cwd: ROOT }).map(read).join('\n');
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))).toEqual([]);
  });
});
