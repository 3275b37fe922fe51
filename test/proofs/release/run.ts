/**
 * `npm run release:snapshot`: records what the release at hand leaves in an account, for the tests that
 * compare later code with it. Run it once for each release, from the code that is released.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../../infra/local/assembly/synthesize.ts';
import type { Template } from '../../../infra/local/assembly/template.ts';
import { DEFAULT_STAGE, stackName } from '../../../infra/stage.ts';
import { statefulResources } from './stateful-resources.ts';

const RELEASED = join(import.meta.dirname, 'released');

await save('stateful-resources.json', statefulResources(await synthesizedTemplate()));

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

async function save(name: string, content: unknown): Promise<void> {
  const file = join(RELEASED, name);
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
  console.log(file);
}
