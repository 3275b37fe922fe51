/**
 * Rejects phrases that are no plain technical English in comments, strings and documents.
 *
 *   npm run lint:words [-- --count]
 *
 * `--count` prints how many each folder has, the ones that are not checked yet included.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { bannedWords } from './banned-words.ts';

/** Files that are checked. The others still have findings; add a folder once it has none. */
const CHECKED = [
  'shared/{domain,usecases}/**/*.ts',
  'infra/{local,stripe-simulator}/**/*.{ts,md}',
  'test/unit/infra/local/**/*.ts',
  'test/lint/*.ts',
];
const ALL = ['{shared,functions,infra,test,docs}/**/*.{ts,md}', '*.{ts,md}'];

const { values } = parseArgs({ options: { count: { type: 'boolean', default: false } } });

if (values.count) printCounts();
else checkFiles();

function printCounts(): void {
  const counts = new Map<string, number>();
  for (const file of filesOf(ALL)) {
    const found = bannedWords(file, readFileSync(file, 'utf8')).length;
    if (found > 0) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + found);
  }
  for (const [folder, count] of counts) console.log(`${String(count).padStart(5)}  ${folder}`);
}

function checkFiles(): void {
  const checked = filesOf(CHECKED);
  const findings = checked.flatMap((file) =>
    bannedWords(file, readFileSync(file, 'utf8')).map(
      ({ line, found, instead }) => `${file}:${line}  "${found}"  instead: ${instead}`,
    ),
  );
  for (const finding of findings) console.log(finding);
  console.log(`${findings.length === 0 ? 'PASS' : 'FAIL'}: ${findings.length} in ${checked.length} files`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

function filesOf(patterns: readonly string[]): string[] {
  return globSync([...patterns], {
    exclude: ['**/node_modules/**', '**/cdk.out/**', 'test/lint/*.test.ts'],
  }).sort();
}
