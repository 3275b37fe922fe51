/**
 * `npm run release:snapshot`: records what the release at hand leaves in an account, for the tests that
 * compare later code with it. Run it once for each release, from the code that is released.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../../infra/local/assembly/synthesize.ts';
import type { Template } from '../../../infra/local/assembly/template.ts';
import { startDynamoDBLocal } from '../../../infra/local/emulators/dynamodb.ts';
import { DEFAULT_STAGE, stackName } from '../../../infra/stage.ts';
import { LAYOUT } from '../../../shared/contract.ts';
import { type RecordedHistory, recordHistory } from './record-history.ts';
import { statefulResources } from './stateful-resources.ts';

const RELEASED = join(import.meta.dirname, 'released');

await save('stateful-resources.json', statefulResources(await synthesizedTemplate()));
const { items, read } = await recordedHistory();
await saveLines(`items-of-layout-${LAYOUT.current}.jsonl`, items);
await saveLines(`read-of-layout-${LAYOUT.current}.jsonl`, Object.entries(read));

async function recordedHistory(): Promise<RecordedHistory> {
  const dynamodb = await startDynamoDBLocal();
  try {
    return await recordHistory(dynamodb.endpoint);
  } finally {
    await dynamodb.stop();
  }
}

async function synthesizedTemplate(): Promise<Template> {
  const folder = await mkdtemp(join(tmpdir(), 'quota-release-'));
  try {
    await synthesize(folder, { stage: DEFAULT_STAGE });
    // The CDK wrote it, by its published schema.
    return JSON.parse(
      await readFile(join(folder, `${stackName(DEFAULT_STAGE)}.template.json`), 'utf8'),
    ) as Template;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function save(name: string, content: unknown): Promise<void> {
  return write(name, JSON.stringify(content, null, 2));
}

function saveLines(name: string, values: readonly unknown[]): Promise<void> {
  return write(name, values.map((value) => JSON.stringify(value)).join('\n'));
}

async function write(name: string, text: string): Promise<void> {
  const file = join(RELEASED, name);
  await writeFile(file, `${text}\n`);
  console.log(file);
}
