import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { readStageFile } from '../../infra/stage-file.ts';
import { metricsOf } from '../proofs/alarms/watched-alarm.ts';
import { type Synthesis, synthesize } from '../support/synth.ts';

const production = await synthesize();
const staging = await synthesize({ stage: 'staging' });

const allOf = ({ template }: Synthesis) =>
  Object.entries<Record<string, unknown>>(template.toJSON().Resources).map(([id, resource]) => ({
    // The id of a version contains a digest of the function.
    id: id.replace(/CurrentVersion.*/, 'CurrentVersion'),
    type: String(resource.Type),
    properties: Object(resource.Properties) as Record<string, unknown>, // a template is JSON of any shape
  }));

/** Names that are unique within their parent, or name something of AWS. */
const NOT_PHYSICAL =
  /^AWS::(ApiGatewayV2::(Stage|Authorizer)|Lambda::Alias)\.|\.(Metric|DeploymentConfig)Name$/;

/** Names that the template gives. CloudFormation begins all others with the name of the stack. */
function givenNames(stack: Synthesis): string[] {
  return allOf(stack).flatMap(({ type, properties }) =>
    Object.entries(properties)
      .filter(([key, value]) => key.endsWith('Name') && typeof value === 'string')
      .filter(([key]) => !NOT_PHYSICAL.test(`${type}.${key}`))
      .map(([key, value]) => `${type}.${key}: ${value}`),
  );
}

/** Namespaces of the service's own metrics: in alarms, on the dashboard and in the functions. */
function namespaces(stack: Synthesis): Set<unknown> {
  const alarms = stack.resources('AWS::CloudWatch::Alarm').flatMap(metricsOf);
  const [board] = stack.resources('AWS::CloudWatch::Dashboard');
  const body = JSON.stringify(board?.Properties.DashboardBody).replaceAll('\\', '');
  const functions = stack.resources('AWS::Lambda::Function');
  const variables = functions.map(({ Properties }) => Properties.Environment?.Variables ?? {});
  const found = [
    ...alarms.map(({ Namespace }) => Namespace),
    ...[...body.matchAll(/"metrics":\[\["([^"]+)"/g)].map(([, name]) => name),
    ...[...body.matchAll(/\{"([^"]+)",/g)].map(([, name]) => name),
    ...variables.map((variable) => variable.POWERTOOLS_METRICS_NAMESPACE).filter(Boolean),
  ];
  return new Set(found.filter((name) => !/^AWS\/|^expression|^type$/.test(String(name))));
}

test('the default stage keeps the name of its stack', () => {
  expect(production.stack.stackName).toBe('QuotaService');
  expect(staging.stack.stackName).toBe('QuotaService-staging');
});

test('the default stage keeps the names from before there were stages: a new one replaces the resource', () => {
  const [bus] = production.resources('AWS::Events::EventBus');
  const [callersAffected] = production.resources('AWS::CloudWatch::CompositeAlarm');
  expect(bus?.Properties.Name).toBe('QuotaServiceEventsBus03EFEAEA');
  expect(callersAffected?.Properties.AlarmName).toBe('QuotaServiceCallersAffectedAlarm6D3631E4');
});

test('two stages have the same resources under the same logical ids', () => {
  // The id of a permission contains a digest of the function and API that it is for.
  const ids = (stack: Synthesis) =>
    allOf(stack)
      .filter(({ type }) => type !== 'AWS::Lambda::Permission')
      .map(({ id, type }) => `${type} ${id}`);
  expect(ids(staging)).toEqual(ids(production));
});

test('two stages share no physical name', () => {
  const taken = givenNames(production);
  expect(taken.length).toBeGreaterThan(10);
  expect(givenNames(staging)).toHaveLength(taken.length);
  expect(givenNames(staging).filter((name) => taken.includes(name))).toEqual([]);
});

test('two stages share no metric of the service', () => {
  expect([...namespaces(production)]).toEqual(['QuotaService']);
  expect([...namespaces(staging)]).toEqual(['QuotaService-staging']);
});

test('the longest name of a stage leaves room for the names of its schedules', async () => {
  const longest = await synthesize({ stage: 'a2345678901234567890' });
  for (const { Properties } of longest.resources('AWS::Scheduler::Schedule'))
    expect(Properties.Name.length, Properties.Name).toBeLessThanOrEqual(64);
});

test('every file in config is valid', async () => {
  const files = await readdir('config');
  expect(files).toContain('production.json');
  for (const file of files) expect(await readStageFile(file.replace(/\.json$/, '')), file).toBeDefined();
});

test('the app synthesizes the stage of its context with the settings of its file', async () => {
  const outdir = await mkdtemp(join(tmpdir(), 'quota-stage-'));
  afterAll(() => rm(outdir, { recursive: true, force: true }));
  const context = JSON.stringify({ stage: 'staging', throttleBurst: '7' });
  await promisify(execFile)(process.execPath, ['infra/app.ts'], {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: context },
  });
  const file = join(outdir, 'QuotaService-staging.template.json');
  const { default: template } = await import(file, { with: { type: 'json' } });
  expect(template.Resources.HttpStageD1D6DBD6.Properties.DefaultRouteSettings).toMatchObject({
    ThrottlingRateLimit: 100,
    ThrottlingBurstLimit: 7,
  });
});
