/**
 * Rejects phrases that are no plain technical English in comments, strings and documents, and comments wider
 * than the formatter's width: `npm run lint:words`.
 */
import { globSync, readFileSync } from 'node:fs';
import { bannedWords } from './banned-words.ts';
import { wideComments } from './wide-comments.ts';

const PATTERNS = ['{shared,functions,infra,test,docs}/**/*.{ts,md}', '*.{ts,md}'];
/** Build output, and the phrases that the test of this check needs. */
const EXCLUDED = ['**/node_modules/**', '**/cdk.out/**', 'test/lint/*.test.ts'];

const files = globSync(PATTERNS, { exclude: EXCLUDED }).sort();
const findings = files.flatMap((file) => {
  const source = readFileSync(file, 'utf8');
  const words = bannedWords(file, source);
  const wide = file.endsWith('.ts') ? wideComments(source) : [];
  return [
    ...words.map(({ line, found, instead }) => `${file}:${line}  "${found}"  instead: ${instead}`),
    ...wide.map((line) => `${file}:${line}  a comment wider than the formatter's width`),
  ];
});
for (const finding of findings) console.log(finding);
console.log(`${findings.length === 0 ? 'PASS' : 'FAIL'}: ${findings.length} in ${files.length} files`);
process.exitCode = findings.length === 0 ? 0 : 1;
