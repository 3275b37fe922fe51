import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');

export interface ProjectCopy {
  readonly folder: string;
  /** Changes a file. Returns a function that restores it. */
  change(file: string, edit: (text: string) => string): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

/** The current project, in a temporary folder that shares its dependencies. */
export async function copyProject(): Promise<ProjectCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'quota-service-mutation-'));
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(ROOT, file), join(folder, file));
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    async change(file, edit) {
      const path = join(folder, file);
      const text = await readFile(path, 'utf8');
      await writeFile(path, edit(text));
      return () => writeFile(path, text);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
