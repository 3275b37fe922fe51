/**
 * Plants every bug of `planted-bugs.ts` in a copy of the project, one at a time, and runs the test that must
 * catch it. Caught means that a named test fails by its expectation; a hang or a crash does not count.
 *
 *   npm run test:mutation -- [--only <part of a bug's name or file>] [--record]
 */
import { parseArgs } from 'node:util';
import { startDynamoDBLocal } from '../../../infra/local/emulators/dynamodb.ts';
import { RECORD_OPTION, recordEvidence } from '../../support/evidence.ts';
import { plant } from './planted-bug.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { copyProject } from './project-copy.ts';
import { type Catch, runTest } from './run-test.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, ...RECORD_OPTION } });
const chosen = PLANTED_BUGS.filter(({ name, file }) => `${name} ${file}`.includes(values.only));

const copy = await copyProject();
const emulator = await startDynamoDBLocal({ report: console.log });
const missed: string[] = [];
try {
  for (const [index, bug] of chosen.entries()) {
    const restore = await copy.change(bug.file, (text) => plant(text, bug));
    const startedAt = performance.now();
    const caught = await runTest(copy.folder, bug, emulator.endpoint);
    await restore();
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    if (caught.code !== 'caught') missed.push(bug.name);
    console.log(
      `${`${index + 1}`.padStart(3)}/${chosen.length}  ${bug.name}\n         ${describeCatch(caught)}  (${seconds} s)`,
    );
  }
} finally {
  await emulator.stop();
  await copy.remove();
}
console.log(
  `\n${missed.length === 0 ? 'PASS' : 'FAIL'}: ${chosen.length - missed.length} of ${chosen.length} caught`,
);
for (const name of missed) console.log(`  ✗ ${name}`);
process.exitCode = missed.length === 0 ? 0 : 1;
recordEvidence({
  command: 'test:mutation',
  size: `${chosen.length} planted bugs`,
  isPassed: missed.length === 0,
  counts: { caught: chosen.length - missed.length, 'not caught': missed.length },
  on: ['DynamoDB Local', 'Redis'],
});

function describeCatch(caught: Catch): string {
  return caught.code === 'caught' ? `caught by: ${caught.test}` : `NOT CAUGHT: ${caught.because}`;
}
