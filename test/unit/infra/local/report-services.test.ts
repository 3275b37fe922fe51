import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportFiles } from '../../../../functions/http/responses/report/report-files.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../../../infra/local/aws/aws-endpoint.ts';
import { CapturedMessages } from '../../../../infra/local/aws/captured-messages.ts';
import { MetricStore } from '../../../../infra/local/aws/metric-store.ts';
import { noticeService } from '../../../../infra/local/aws/notice-topic.ts';
import { objectService } from '../../../../infra/local/aws/object-store.ts';
import { DeniedCallMetrics } from '../../../../shared/adapters/aws/denied-call-metrics.ts';
import { NoticePublisher } from '../../../../shared/adapters/aws/notice-publisher.ts';
import { ReportBucket } from '../../../../shared/adapters/aws/report-bucket.ts';
import { METRICS } from '../../../../shared/contract.ts';
import type { DayUse } from '../../../../shared/domain/reports/usage-tally.ts';
import { publishReport } from '../../../../shared/usecases/reports/publish-report.ts';
import { samplePlan } from '../../../support/sample-account.ts';

const NOW = Date.parse('2026-11-23T08:00:00Z');
const BUCKET = 'reports-bucket';

const metrics = new MetricStore();
const announced: string[] = [];
let folder: string;
let endpoint: AwsEndpoint;
let news: CapturedMessages;
let settings: object;
let s3: S3Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quota-objects-'));
  const declared = (type: string, ref: string) => ({ logicalId: ref, type, properties: {}, ref, arn: ref });
  const resources = [declared('AWS::S3::Bucket', BUCKET), declared('AWS::SNS::Topic', 'Topic')];
  const assembly = { resources, bundleFolder: () => '' };
  news = new CapturedMessages(() => {});
  endpoint = await startAwsEndpoint(
    { GraniteServiceVersion20100801: metrics.serve },
    async () => undefined,
    () => {},
    [noticeService(assembly, news), objectService(assembly, folder, (path) => announced.push(path))],
  );
  settings = {
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  s3 = new S3Client(settings);
});
afterAll(async () => {
  await endpoint.stop();
  await rm(folder, { recursive: true, force: true });
});

const NAMESPACE = 'QuotaService-staging';

/** A line as the functions print it. */
const decided = (at: string, feature: string, outcome: string) =>
  JSON.stringify({
    _aws: {
      Timestamp: Date.parse(at),
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [[METRICS.dimensions.feature, METRICS.dimensions.outcome]],
          Metrics: [{ Name: METRICS.decision, Unit: 'Count' }],
        },
      ],
    },
    feature,
    outcome,
    [METRICS.decision]: 1,
  });

const fetchObject = async (key: string) => {
  const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return { text: await Body?.transformToString(), type: ContentType };
};

test('denied calls are summed by day from the functions’ output, through the SDK', async () => {
  metrics.take('any line');
  metrics.take('{"_aws": broken');
  metrics.take(decided('2026-11-21T23:59:59.999Z', 'aiRequest', 'exceeded'));
  metrics.take(decided('2026-11-22T00:00:00Z', 'aiRequest', 'exceeded'));
  metrics.take(decided('2026-11-22T17:00:00Z', 'aiRequest', 'exceeded'));
  metrics.take(decided('2026-11-22T17:00:00Z', 'aiRequest', 'allowed'));
  metrics.take(decided('2026-11-22T17:00:00Z', 'upload', 'exceeded'));
  metrics.take(decided('2026-11-23T00:00:00Z', 'upload', 'exceeded'));
  const figures = new DeniedCallMetrics(new CloudWatchClient(settings), {
    namespace: NAMESPACE,
    timeZone: 'UTC',
  });
  const found = await figures.exceeded(['aiRequest', 'storage', 'upload'], {
    from: '2026-11-21',
    to: '2026-11-22',
  });
  expect(
    Object.fromEntries([...found].map(([feature, days]) => [feature, Object.fromEntries(days)])),
  ).toEqual({
    aiRequest: { '2026-11-21': 1, '2026-11-22': 2 },
    upload: { '2026-11-22': 1 },
  });
});

test('an object is stored with its type, and opens only in a browser on this machine', async () => {
  const bucket = new ReportBucket(s3, BUCKET, 'eu-central-1');
  await bucket.save({
    key: 'a/é 1.html',
    contentType: 'text/html; charset=utf-8',
    text: '<p>ä</p>'.repeat(9_000),
  });
  const { text, type } = await fetchObject('a/é 1.html');
  expect(text).toBe('<p>ä</p>'.repeat(9_000));
  expect(type).toBe('text/html; charset=utf-8');
  const page = await fetch(`${endpoint.url}${announced.at(-1)}`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect((await page.text()).length).toBe('<p>ä</p>'.length * 9_000);
  await expect(fetchObject('missing')).rejects.toMatchObject({ name: 'NoSuchKey' });
  expect((await fetch(`${endpoint.url}/${BUCKET}/%2e%2e%2fkeys.json`)).status).toBe(400);
});

test("yesterday's report is stored in three formats and published; a second run is the same", async () => {
  const day: DayUse = { userId: 'anna', date: '2026-11-22', feature: 'aiRequest', used: 7, planId: 'free' };
  const deps = {
    topIndex: {
      async *daysOf(feature: string, date: string, shard: number) {
        if (shard === 3 && feature === day.feature && date === day.date) yield [day];
      },
      async *alertsOf() {},
      async *storedNow() {},
      async *levelsOf() {},
      shardsOfDays: async () => new Map([[day.date, new Set([3])]]),
      shardsOfAlerts: async () => new Map(),
    },
    plans: { list: async () => [samplePlan([{}])], versions: async () => [samplePlan([{}])] },
    figures: new DeniedCallMetrics(new CloudWatchClient(settings), { namespace: NAMESPACE, timeZone: 'UTC' }),
    onMissing: () => {},
    now: () => NOW,
    archiveProgress: { read: async () => ({ cutoffs: {}, walked: {}, batch: undefined }) },
    bucket: new ReportBucket(s3, BUCKET, 'eu-central-1'),
    notices: new NoticePublisher(new SNSClient(settings), 'Topic'),
    render: reportFiles,
  };
  const run = () => publishReport(deps, {}, { mayContinue: () => true });
  expect(await run()).toEqual({ counts: { processed: 3, failed: 0 }, isComplete: true });
  const formats = ['html', 'csv', 'json'];
  const files = () => Promise.all(formats.map((format) => fetchObject(`reports/usage/2026/11/22.${format}`)));
  const first = await files();
  const [html, csv, json] = first.map(({ text = '' }) => text);
  expect(html).toContain('Sunday');
  expect(csv).toContain('2026-10-24,2026-11-22,total,,,,,,activeUsers,1,0,');
  const { day: told, month } = JSON.parse(json ?? '');
  expect(told).toMatchObject({
    from: '2026-11-22',
    features: [{ used: { value: 7 }, exceeded: { value: 2, before: 1 } }],
  });
  expect(month).toMatchObject({ from: '2026-10-24', complete: true });

  expect(await run()).toMatchObject({ isComplete: true });
  expect(await files()).toEqual(first);
  const [notice, again] = news.items.map(({ title, body }) => ({ title, ...Object(body) }));
  expect(notice).toMatchObject({
    title: 'Usage on 2026-11-22: 1 active users, 0 alerts',
    type: 'report',
    detail: { id: 'usage-report-2026-11-22', address: `s3://${BUCKET}/reports/usage/2026/11/22.html` },
  });
  expect(again).toMatchObject({ detail: { id: 'usage-report-2026-11-22' } });
});

test('a report without time to finish stores nothing and is not complete', async () => {
  const nothing = async (): Promise<never> => {
    throw new Error('nothing is to be kept');
  };
  const deps = {
    topIndex: {
      async *daysOf() {},
      async *alertsOf() {},
      async *storedNow() {},
      async *levelsOf() {},
      shardsOfDays: async () => new Map([['2026-11-22', new Set([3])]]),
      shardsOfAlerts: async () => new Map(),
    },
    plans: { list: async () => [samplePlan([{}])], versions: async () => [samplePlan([{}])] },
    figures: { exceeded: async () => new Map() },
    onMissing: () => {},
    now: () => NOW,
    archiveProgress: { read: async () => ({ cutoffs: {}, walked: {}, batch: undefined }) },
    bucket: { save: nothing, linksTo: () => ({ console: '', address: '' }) },
    notices: { publishAll: nothing },
    render: reportFiles,
  };
  expect(await publishReport(deps, {}, { mayContinue: () => false })).toEqual({
    counts: { processed: 0, failed: 0 },
    isComplete: false,
  });
});
