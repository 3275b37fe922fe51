import { readFile } from 'node:fs/promises';
import { readSource, type SettingsSource } from './settings.ts';

/**
 * Reads the settings of a stage: `config/<stage>.json` in the working directory, where `cdk.json` is.
 *
 * @returns undefined if the stage has no file
 * @throws Error if the file is no JSON object, has a wrong name or value, names the stage, or has a setting
 *   that cdk.json has too: context takes precedence over the file, which would silently have no effect
 */
export async function readStageFile(stage: string): Promise<SettingsSource | undefined> {
  const path = stageFile(stage);
  const values = await readJsonObject(path);
  if (values === undefined) return undefined;
  const source = readSource(path, values);
  if (source.settings.stage !== undefined)
    throw new Error(`${path} stage: the name of the file is the stage; omit it`);
  const shared = Object.keys((await readCdkJson()).settings);
  const [twice] = Object.keys(source.settings).filter((name) => shared.includes(name));
  if (twice === undefined) return source;
  throw new Error(`${path} ${twice}: cdk.json has this setting too; remove it from one of them`);
}

/** The settings that apply to every stage: those among the context in cdk.json. */
export async function readCdkJson(): Promise<SettingsSource> {
  const { context } = Object(await readJsonObject('cdk.json'));
  return readSource('cdk.json', Object(context));
}

export function stageFile(stage: string): string {
  return `config/${stage}.json`;
}

async function readJsonObject(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw new Error(`${path}: not valid JSON: ${Object(error).message}`);
  }
  throw new Error(`${path}: expected an object of settings`);
}
