import { readFile } from 'node:fs/promises';
import { App } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import {
  combineSettings,
  DEFAULT_SETTINGS,
  readContext,
  readSource,
  SETTING_NAMES,
} from '../../infra/settings.ts';
import { ALL_ENTRIES, AMOUNT_BOUND, ENV } from '../../shared/contract.ts';
import { synthesize } from '../support/synth.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:operators';
const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/5bd32a33-6e18-4f0a-a2ce-7d9b7b9a7c1e';
const STREAM =
  'arn:aws:dynamodb:eu-central-1:111122223333:table/quota-restored/stream/2026-11-28T07:00:00.000';
const { resources, functionOf } = await synthesize({
  logLevel: 'DEBUG',
  defaultPlanId: 'starter',
  maxAmount: 5_000,
  keyRequestsPerSecond: 30,
  throttleRate: 50,
  throttleBurst: 20,
  alarmTopicArn: TOPIC,
  reportTimeZone: 'Asia/Kolkata',
});

/** Functions at levels above that of the embedded metrics. */
const quiet = await Promise.all(
  (['WARN', 'ERROR'] as const).map(async (logLevel) => {
    const stack = await synthesize({ logLevel });
    return { logLevel, functions: ALL_ENTRIES.map((entry) => stack.functionOf(entry)) };
  }),
);

const read = (context: Record<string, unknown>) =>
  combineSettings([readContext(new App({ context }).node)]).settings;

test('functions log at the configured level, in Lambda and in the logger', () => {
  const { Properties } = functionOf('quota/handler');
  expect(Properties.Environment.Variables[ENV.logLevel]).toBe('DEBUG');
  expect(Properties.LoggingConfig.ApplicationLogLevel).toBe('DEBUG');
});

test.each(quiet)(
  "at $logLevel Lambda's own filter keeps INFO: it would drop the embedded metrics, and with them every alarm",
  ({ logLevel, functions }) => {
    for (const { Properties } of functions) {
      expect(Properties.LoggingConfig.ApplicationLogLevel, Properties.Description).toBe('INFO');
      expect(Properties.Environment.Variables[ENV.logLevel], Properties.Description).toBe(logLevel);
    }
  },
);

test('functions know the plan of a new user', () => {
  expect(functionOf('quota/handler').Properties.Environment.Variables[ENV.defaultPlanId]).toBe('starter');
});

test('functions know the largest amount of one operation, set or not', async () => {
  const maxAmount = (stack: Pick<Awaited<ReturnType<typeof synthesize>>, 'functionOf'>) =>
    stack.functionOf('quota/handler').Properties.Environment.Variables[ENV.maxAmount];
  expect(maxAmount({ functionOf })).toBe('5000');
  expect(DEFAULT_SETTINGS.maxAmount).toBe(AMOUNT_BOUND.byDefault);
});

test('functions know the rate limit of keys without one of their own, if it is set', () => {
  const rateIn = (variables: Record<string, string>) => variables[ENV.keyRequestsPerSecond];
  expect(rateIn(functionOf('authorizer/handler').Properties.Environment.Variables)).toBe('30');
  const [unset] = quiet[0]?.functions ?? [];
  expect(rateIn(unset?.Properties.Environment.Variables)).toBeUndefined();
  expect(DEFAULT_SETTINGS).not.toHaveProperty('keyRequestsPerSecond');
});

test('days of usage and the morning of the daily report are in the time zone of its readers', () => {
  for (const entry of [
    'projector/handler',
    'account-reads/handler',
    'reports/handler',
    'jobs/usage-report',
  ] as const) {
    const { Variables } = functionOf(entry).Properties.Environment;
    expect(Variables[ENV.reportTimeZone], entry).toBe('Asia/Kolkata');
  }
  const zones = resources('AWS::Scheduler::Schedule').map(({ Properties }) => [
    Properties.Name,
    Properties.ScheduleExpressionTimezone,
  ]);
  expect(zones.filter(([, zone]) => zone !== 'Etc/UTC')).toEqual([
    ['QuotaService-usage-report-daily', 'Asia/Kolkata'],
  ]);
});

test('the API is throttled as configured', () => {
  const [stage] = resources('AWS::ApiGatewayV2::Stage');
  expect(stage?.Properties.DefaultRouteSettings).toMatchObject({
    ThrottlingRateLimit: 50,
    ThrottlingBurstLimit: 20,
  });
});

test('the stack is protected against termination unless a setting allows it', async () => {
  const { stack } = await synthesize();
  expect(stack.terminationProtection).toBe(true);
  expect((await synthesize(read({ terminationProtection: 'false' }))).stack.terminationProtection).toBe(
    false,
  );
});

test('alarms notify the topic and describe what to do', () => {
  const alarms = resources('AWS::CloudWatch::Alarm');
  expect(alarms.length).toBeGreaterThan(0);
  for (const { id, Properties } of alarms) {
    if (!id.startsWith('HighUsage')) expect(Properties.AlarmActions, id).toEqual([TOPIC]);
    expect(Properties.AlarmDescription.length, id).toBeGreaterThan(80);
  }
});

test('without settings the defaults apply', () => {
  expect(read({})).toEqual({});
});

test('every default is a value that the setting accepts', () => {
  expect(readSource('defaults', DEFAULT_SETTINGS).settings).toEqual(DEFAULT_SETTINGS);
});

test('every setting is in the table of docs/operate.md, with its default', async () => {
  const docs = await readFile(new URL('../../docs/operate.md', import.meta.url), 'utf8');
  const rows = Object.entries({
    ...Object.fromEntries(SETTING_NAMES.map((name) => [name, ''])),
    ...DEFAULT_SETTINGS,
  });
  // An empty list or object is no text.
  const written = rows.map(([name, value]) => `\`${name}=${typeof value === 'object' ? '' : value}\``);
  expect(written.filter((row) => !docs.includes(row))).toEqual([]);
});

test("keys of CDK's own are left alone", () => {
  const context = {
    '@aws-cdk/core:x': true,
    'aws:cdk:y': 1,
    'cli-telemetry': false,
    'acknowledged-issue': 1,
  };
  expect(read({ ...context, logLevel: 'WARN' })).toEqual({ logLevel: 'WARN' });
});

test.each([
  ['loglevel', 'logLevel'],
  ['log-level', 'logLevel'],
  ['allowedOrigin', 'allowedOrigins'],
  ['monthlyBudget', 'monthlyBudgetUsd'],
])('the misspelt name %s is refused, and %s proposed', (name, meant) => {
  expect(() => read({ [name]: 'x' })).toThrow(
    `context ${name}: no setting has this name; did you mean ${meant}?`,
  );
});

test('the command line passes text, numbers are read from it', () => {
  expect(read({ throttleRate: '100', throttleBurst: 50 })).toEqual({ throttleRate: 100, throttleBurst: 50 });
});

test('tags are pairs', () => {
  const tags = { team: 'growth', costCentre: '42' };
  expect(read({ tags: 'team=growth, costCentre=42' })).toEqual({ tags });
  expect(read({ tags })).toEqual({ tags });
});

test('warm throughput is a pair of units', () => {
  const warmThroughput = { read: 24_000, write: 20_000 };
  expect(read({ warmThroughput: 'read=24000,write=20000' })).toEqual({ warmThroughput });
  expect(read({ warmThroughput })).toEqual({ warmThroughput });
});

test('a restored table is named together with its stream', () => {
  const table = { tableName: 'quota-restored', tableStreamArn: STREAM };
  expect(read(table)).toEqual(table);
});

test('a time zone is read by its name', () => {
  expect(read({ reportTimeZone: 'Europe/Berlin' })).toEqual({ reportTimeZone: 'Europe/Berlin' });
});

test('origins are a list; unencrypted ones and any port only on the local machine', () => {
  expect(read({ allowedOrigins: 'https://app.example.com, http://localhost:3000' })).toEqual({
    allowedOrigins: ['https://app.example.com', 'http://localhost:3000'],
  });
  const anyPort = ['http://localhost:*', 'http://127.0.0.1:*'];
  expect(read({ allowedOrigins: anyPort })).toEqual({ allowedOrigins: anyPort });
  expect(read({ allowedOrigins: anyPort.join(',') })).toEqual({ allowedOrigins: anyPort });
});

test.each([
  { stage: 'Staging' },
  { stage: 'a-stage-of-21-letters' },
  { stage: 'a--b' },
  { corsOrigins: '*' },
  { corsOrigins: 'http://localhost:*' },
  { domainName: 'quota.example.com' },
  { domainName: 'Quota.example.com', certificateArn: CERTIFICATE },
  { domainName: '*.example.com', certificateArn: CERTIFICATE },
  { domainName: 'https://quota.example.com', certificateArn: CERTIFICATE },
  { certificateArn: CERTIFICATE },
  { domainName: 'quota.example.com', certificateArn: 'arn:aws:iam::111122223333:server-certificate/quota' },
  { defaultEndpoint: 'false' },
  { defaultEndpoint: 'no', domainName: 'quota.example.com', certificateArn: CERTIFICATE },
  { authorizerCacheSeconds: '3601' },
  { authorizerCacheSeconds: '-1' },
  { ledgerRetentionDays: '29' },
  { ledgerRetentionDays: 'for ever' },
  { usageRetentionDays: 91 },
  { usageRetentionDays: 36_501 },
  { tags: 'team' },
  { tags: 'stage=qa' },
  { tags: 'aws:team=growth' },
  { tags: { team: 7 } },
  { tags: { team: 'growth,sales' } },
  { warmThroughput: 'write=40000' },
  { warmThroughput: 'read=12000,write=3999' },
  { warmThroughput: { read: 12_000, write: 4_000, delete: 1 } },
  { logLevel: 'LOUD' },
  { logLevel: '' },
  { defaultPlanId: 7 },
  { maxAmount: '0' },
  { maxAmount: 1e12 + 0.5 },
  { maxAmount: AMOUNT_BOUND.most + 1 },
  { keyRequestsPerSecond: '0' },
  { keyRequestsPerSecond: 10_001 },
  { throttleRate: '0' },
  { throttleRate: 'many' },
  { throttleBurst: 1.5 },
  { reportTimeZone: 'Berlin' },
  { reportTimeZone: '+01:00' },
  { reportTimeZone: 2 },
  { alarmTopicArn: 'operators' },
  { alarmTopicArn: 'arn:aws:sns:eu-central-1:111122223333:QuotaService-AlertsTopicCF7C81C9-1a2B3c4D5e6F' },
  { alarmEmail: 'operators' },
  { alarmEmail: 'a@example.com', alarmTopicArn: 'arn:aws:sns:eu-central-1:111122223333:operators' },
  { monthlyBudgetUsd: '-5' },
  { terminationProtection: 'no' },
  { tableName: 'quota-restored' },
  { tableName: 'no name', tableStreamArn: STREAM },
  { tableStreamArn: STREAM },
  { tableName: 'another', tableStreamArn: STREAM },
  { tableName: 'quota-restored', tableStreamArn: STREAM, warmThroughput: 'read=12000,write=4000' },
  { tableName: 'quota-restored', tableStreamArn: STREAM.split('/stream')[0] },
  { allowedOrigins: 'app.example.com' },
  { allowedOrigins: 'https://app.example.com/back' },
  { allowedOrigins: 'https://app.example.com,http://app.example.com' },
  { allowedOrigins: '*' },
  { allowedOrigins: 'https://app.example.com:*' },
  { allowedOrigins: 'https://*.example.com' },
  { allowedOrigins: 'http://localhost.example.com:*' },
  { allowedOrigins: 'http://user@localhost:*' },
  { allowedOrigins: 'http://*:3000' },
])('%j is refused before anything is deployed', (context) => {
  expect(() => read(context)).toThrow(/^context /);
});
