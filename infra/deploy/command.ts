/**
 * `npm run deploy -- --stage staging`: prints the settings of a stage, each with the place it is from, and
 * deploys it. Further arguments are those of `cdk deploy`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { combineSettings, readSource } from '../settings.ts';
import { DEFAULT_STAGE, stackName } from '../stage.ts';
import { readCdkJson, readStageFile, stageFile } from '../stage-file.ts';
import { readDeployArguments } from './deploy-arguments.ts';
import { settingsTable } from './settings-table.ts';

try {
  process.exitCode = await deploy(process.argv.slice(2));
} catch (error) {
  console.error(Object(error).message);
  process.exitCode = 1;
}

/** Returns the exit status of `cdk deploy`. */
async function deploy(args: readonly string[]): Promise<number> {
  const { stage = DEFAULT_STAGE, context, rest, words } = readDeployArguments(args);
  readSource('--stage', { stage });
  await rejectOtherStages(stage, words);
  const file = await readStageFile(stage);
  if (!file)
    throw new Error(
      `${stageFile(stage)} does not exist: create it with the settings of the stage, or with {} for defaults`,
    );
  const commandLine = readSource('-c', context);
  if (commandLine.settings.stage !== undefined) throw new Error('-c stage: name the stage with --stage');
  const combined = combineSettings([await readCdkJson(), file, commandLine]);
  console.log(`Stage ${stage}, stack ${stackName(stage)}\n\n${settingsTable(combined)}\n`);
  return runCdk(['deploy', '-c', `stage=${stage}`, ...rest]);
}

/**
 * Rejects arguments that name another stage. Without `--`, npm takes `--stage` for an option of its own and
 * passes on at most its value; that, or a misspelt option, would deploy the default stage.
 */
async function rejectOtherStages(stage: string, words: readonly string[]): Promise<void> {
  if (process.env.npm_config_stage !== undefined)
    throw new Error('npm did not pass --stage on: write npm run deploy -- --stage <name>');
  const files = await readdir('config').catch(() => []);
  const others = files.map((file) => file.replace(/\.json$/, '')).filter((name) => name !== stage);
  const other = others.find((name) => words.includes(name));
  if (other !== undefined)
    throw new Error(`${other} is a stage, and not the one to deploy: write --stage ${other}`);
}

async function runCdk(args: readonly string[]): Promise<number> {
  const child = spawn('cdk', args, { stdio: 'inherit' });
  const [status] = await once(child, 'close').catch((error) => {
    throw new Error('cdk could not be started: run npm ci, then npm run deploy', { cause: error });
  });
  return status ?? 1;
}
