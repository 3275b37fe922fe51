import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setEnvironment } from '../support/api.ts';

setEnvironment('never-asked', 'http://127.0.0.1:9');

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string }; // this project's own file

describe("the released version is package.json's", () => {
  it('in the OpenAPI document', async () => {
    const { openApiDocument } = await import('../../functions/openapi/document.ts');
    expect(openApiDocument().info.version).toBe(version);
  });

  it('in the newest entry of the changelog', () => {
    const [, newest] = /^## (\S+)/m.exec(read('CHANGELOG.md')) ?? [];
    expect(newest).toBe(version);
  });

  it('in the lock file', () => {
    const lock = JSON.parse(read('package-lock.json')) as { version: string }; // written by npm
    expect(lock.version).toBe(version);
  });
});
