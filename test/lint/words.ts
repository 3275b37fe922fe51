/** Rejects phrases that are no plain technical English in comments, strings and documents: `npm run lint:words`. */
import { globSync, readFileSync } from 'node:fs';
import { bannedWords } from './banned-words.ts';

const PATTERNS = ['{shared,functions,infra,test,docs}/**/*.{ts,md}', '*.{ts,md}'];
/** Build output, and the phrases that the test of this check needs. */
const EXCLUDED = ['**/node_modules/**', '**/cdk.out/**', 'test/lint/*.test.ts'];

const files = globSync(PATTERNS, { exclude: EXCLUDED }).sort();
const findings = files.flatMap((file) =>
  bannedWords(file, readFileSync(file, 'utf8')).map(
    ({ line, found, instead }) => `${file}:${line}  "${found}"  instead: ${instead}`,
  ),
);
for (const finding of findings) console.log(finding);
console.log(`${findings.length === 0 ? 'PASS' : 'FAIL'}: ${findings.length} in ${files.length} files`);
process.exitCode = findings.length === 0 ? 0 : 1;
