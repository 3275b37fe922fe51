import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const COMMAND = resolve(import.meta.dirname, '../../../infra/deploy/command.ts');

let folder: string;

/** Writes its arguments to a file, and ends with the status in FAKE_STATUS. */
const FAKE_CDK = `#!${process.execPath}
const { writeFileSync } = require('node:fs');
writeFileSync('cdk-arguments.json', JSON.stringify(process.argv.slice(2)));
process.exitCode = Number(process.env.FAKE_STATUS ?? 0);
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quota-deploy-'));
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'config'));
  await writeFile(join(folder, 'bin/cdk'), FAKE_CDK);
  await chmod(join(folder, 'bin/cdk'), 0o755);
  const files = {
    'cdk.json': { context: { '@aws-cdk/core:x': true, reportTimeZone: 'Europe/Berlin' } },
    'config/production.json': {},
    'config/staging.json': { logLevel: 'DEBUG', throttleRate: 50, allowedOrigins: ['https://a.example.com'] },
    'config/misspelt.json': { allowedOrigin: 'https://a.example.com' },
    'config/wrong.json': { throttleRate: 'many' },
    'config/renamed.json': { stage: 'staging' },
    'config/twice.json': { reportTimeZone: 'UTC' },
    'config/list.json': [],
  };
  for (const [path, content] of Object.entries(files))
    await writeFile(join(folder, path), JSON.stringify(content));
  await writeFile(join(folder, 'config/broken.json'), '{"logLevel": "DEBUG",}');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly status: number | null;
  readonly printed: string;
  /** Those that cdk was started with; undefined if it was not started. */
  readonly cdk: readonly string[] | undefined;
}

async function deploy(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const PATH = [join(folder, 'bin'), process.env.PATH].join(delimiter);
  const options = { cwd: folder, env: { ...process.env, PATH, ...env } };
  const record = join(folder, 'cdk-arguments.json');
  await rm(record, { force: true });
  return new Promise((done) => {
    const child = execFile(process.execPath, [COMMAND, ...args], options, async (_, stdout, stderr) => {
      const cdk = await readFile(record, 'utf8').then(JSON.parse, () => undefined);
      done({ status: child.exitCode, printed: stdout + stderr, cdk });
    });
  });
}

/** `logLevel  DEBUG  config/staging.json` → `logLevel DEBUG config/staging.json` */
const lines = ({ printed }: Outcome) => printed.split('\n').map((line) => line.replace(/ +/g, ' ').trim());

test('a stage is deployed with the settings of its file, which are printed with their places', async () => {
  const outcome = await deploy(['--stage', 'staging']);
  expect(outcome).toMatchObject({ status: 0, cdk: ['deploy', '-c', 'stage=staging'] });
  expect(lines(outcome)).toEqual(
    expect.arrayContaining([
      'Stage staging, stack QuotaService-staging',
      'logLevel DEBUG config/staging.json',
      'throttleRate 50 config/staging.json',
      'allowedOrigins ["https://a.example.com"] config/staging.json',
      'reportTimeZone Europe/Berlin cdk.json',
      'throttleBurst 1000 default',
      'monthlyBudgetUsd (none) default',
      'tags (none) default',
    ]),
  );
});

test('without a name it is the default stage, and a setting that was forgotten is printed', async () => {
  const outcome = await deploy([]);
  expect(outcome).toMatchObject({ status: 0, cdk: ['deploy', '-c', 'stage=production'] });
  expect(lines(outcome)).toContain('Stage production, stack QuotaService');
  expect(lines(outcome)).toContain('allowedOrigins (none) default');
});

test('further arguments are passed on, and a setting among them takes precedence over the file', async () => {
  const outcome = await deploy([
    '--require-approval',
    'never',
    '--stage=staging',
    '-c',
    'defaultPlanId=staging',
    '-v',
  ]);
  expect(outcome.cdk).toEqual([
    ...['deploy', '-c', 'stage=staging'],
    ...['--require-approval', 'never', '-c', 'defaultPlanId=staging', '-v'],
  ]);
  expect(lines(outcome)).toContain('defaultPlanId staging -c');
});

test("it ends with cdk's status", async () => {
  expect(await deploy(['--stage', 'staging'], { FAKE_STATUS: '3' })).toMatchObject({ status: 3 });
});

test.each([
  [['--stage', 'qa'], 'config/qa.json does not exist: create it'],
  [['--stage'], '--stage: expected the name of a stage'],
  [
    ['--stage', 'misspelt'],
    'config/misspelt.json allowedOrigin: no setting has this name; did you mean allowedOrigins?',
  ],
  [['--stage', 'wrong'], 'config/wrong.json throttleRate: expected an integer from 1, got "many"'],
  [['--stage', 'renamed'], 'config/renamed.json stage: the name of the file is the stage; omit it'],
  [['--stage', 'twice'], 'config/twice.json reportTimeZone: cdk.json has this setting too'],
  [['--stage', 'list'], 'config/list.json: expected an object of settings'],
  [['--stage', 'broken'], 'config/broken.json: not valid JSON'],
  [['-c', 'loglevel=DEBUG'], '-c loglevel: no setting has this name; did you mean logLevel?'],
  [['-c', 'logLevel=LOUD'], '-c logLevel: expected one of'],
  [['-c', 'logLevel'], '-c logLevel: expected name=value'],
  [['--stage', '../staging'], '--stage stage: expected a name of at most 20'],
  [['-c', 'stage=staging'], '-c stage: name the stage with --stage'],
  // npm run deploy --stage staging
  [['staging'], 'staging is a stage, and not the one to deploy: write --stage staging'],
  [['--stgae=staging'], 'staging is a stage, and not the one to deploy: write --stage staging'],
])('%j deploys nothing and is explained', async (args, message) => {
  const outcome = await deploy(args);
  expect(outcome.printed).toContain(message);
  expect(outcome.printed.trim().split('\n')).toHaveLength(1);
  expect(outcome).toMatchObject({ status: 1, cdk: undefined });
});

test('without cdk the error names the way out', async () => {
  const outcome = await deploy(['--stage', 'staging'], { PATH: '/nowhere' });
  expect(outcome).toMatchObject({ status: 1, cdk: undefined });
  expect(outcome.printed).toContain('cdk could not be started: run npm ci');
});

test('a stage that npm kept for itself is not replaced with the default one', async () => {
  const outcome = await deploy([], { npm_config_stage: 'staging' });
  expect(outcome).toMatchObject({ status: 1, cdk: undefined });
  expect(outcome.printed).toContain('write npm run deploy -- --stage <name>');
});
