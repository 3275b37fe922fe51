import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFileAtomically } from '../../../../../infra/local/host/atomic-file.ts';

test('concurrent writes leave one whole, private file and no draft', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'atomic-file-'));
  const file = join(folder, 'made/state');
  const contents = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(10_000));
  await Promise.all(contents.map((content) => writeFileAtomically(file, content)));
  expect(contents).toContain(readFileSync(file, 'utf8'));
  expect(readdirSync(join(folder, 'made'))).toEqual(['state']);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect(writeFileAtomically('/dev/null/state', 'x')).rejects.toThrow('/dev/null');
  rmSync(folder, { recursive: true });
});
