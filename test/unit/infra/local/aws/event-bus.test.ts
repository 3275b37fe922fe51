import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Assembly } from '../../../../../infra/local/assembly/read-assembly.ts';
import {
  type AwsEndpoint,
  type AwsService,
  startAwsEndpoint,
} from '../../../../../infra/local/aws/aws-endpoint.ts';
import { CapturedMessages } from '../../../../../infra/local/aws/captured-messages.ts';
import { eventBusService } from '../../../../../infra/local/aws/event-bus.ts';
import { noticeService } from '../../../../../infra/local/aws/notice-topic.ts';
import { EventPublisher } from '../../../../../shared/adapters/aws/event-publisher.ts';
import { type Notice, NoticePublisher } from '../../../../../shared/adapters/aws/notice-publisher.ts';
import { Unavailable } from '../../../../../shared/domain/faults.ts';

const lines: string[] = [];
let endpoint: AwsEndpoint;
let news: CapturedMessages;
let client: EventBridgeClient;
let sns: SNSClient;

const settings = (url: string) => ({
  endpoint: url,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
});
const declared = (type: string, logicalId: string) => ({
  logicalId,
  type,
  properties: {},
  ref: logicalId,
  arn: `arn:${logicalId}`,
});

beforeAll(async () => {
  const resources = [declared('AWS::Events::EventBus', 'Bus'), declared('AWS::SNS::Topic', 'Topic')];
  const assembly: Assembly = { resources, bundleFolder: () => '' };
  news = new CapturedMessages((line) => lines.push(line));
  endpoint = await startAwsEndpoint(
    { AWSEvents: eventBusService(assembly, news) },
    async () => undefined,
    () => {},
    [noticeService(assembly, news)],
  );
  client = new EventBridgeClient(settings(endpoint.url));
  sns = new SNSClient(settings(endpoint.url));
});
beforeEach(() => lines.splice(0));
afterAll(async () => {
  client.destroy();
  sns.destroy();
  await endpoint.stop();
});

const event = { type: 'subscription.changed', detail: { userId: 'ada', version: 2 }, at: 0 } as const;
const notice: Notice = {
  subject: 'Quota warning: aiRequest of ada',
  text: 'ada has used 80 of 100 aiRequest (80 %) & more.\n\nPlan <free>',
  attributes: { level: 'warning' },
  detail: { userId: 'ada' },
};
const numbered = <T>(make: (index: number) => T) => Array.from({ length: 25 }, (_, index) => make(index));

test('published events are captured and logged', async () => {
  await new EventPublisher(client, 'Bus').publish(event);
  expect(lines).toEqual(['event  subscription.changed {"userId":"ada","version":2}']);
});

test('an event rejected within a 200 is an error', async () => {
  await expect(new EventPublisher(client, 'another').publish(event)).rejects.toThrow(Unavailable);
  expect(lines).toEqual([]);
});

test('an event without a response is an error', async () => {
  const nobody = new EventBridgeClient(settings('http://127.0.0.1:9'));
  await expect(new EventPublisher(nobody, 'Bus').publish(event)).rejects.toThrow(Unavailable);
});

test('many events are sent in calls of ten', async () => {
  const events = numbered((version) => ({ ...event, detail: { version } }));
  expect(await new EventPublisher(client, 'Bus').publishAll(events)).toEqual(numbered(() => true));
  expect(lines).toEqual(numbered((version) => `event  subscription.changed {"version":${version}}`));
});

test('a notice is captured as readable text, with its attributes and its detail as JSON', async () => {
  expect(await new NoticePublisher(sns, 'arn:Topic').publishAll([notice])).toEqual([true]);
  expect(lines).toEqual([
    'notice Quota warning: aiRequest of ada: ada has used 80 of 100 aiRequest (80 %) & more.',
  ]);
  expect(news.items.at(-1)).toMatchObject({
    kind: 'notice',
    title: notice.subject,
    body: { text: notice.text, level: 'warning', detail: notice.detail },
  });
});

test('a long subject is truncated, and many notices are sent in calls of ten', async () => {
  const notices = numbered((index) => ({ ...notice, subject: `${index} ${'x'.repeat(200)}` }));
  expect(await new NoticePublisher(sns, 'arn:Topic').publishAll(notices)).toEqual(numbered(() => true));
  expect(lines).toHaveLength(25);
});

test('rejected messages are reported one by one, without an exception', async () => {
  const events = numbered((version) => ({ ...event, detail: { version } }));
  expect(await new EventPublisher(client, 'another').publishAll(events)).toEqual(numbered(() => false));
  expect(await new NoticePublisher(sns, 'arn:Another').publishAll([notice, notice])).toEqual([false, false]);
  const nobody = new SNSClient(settings('http://127.0.0.1:9'));
  expect(await new NoticePublisher(nobody, 'arn:Topic').publishAll([notice])).toEqual([false]);
  expect(lines).toEqual([]);
});

test('only rejected entries are sent again', async () => {
  const sent: number[][] = [];
  const busy: AwsService = ({ input }) => {
    const { Entries } = input as { Entries: { Detail: string }[] }; // the publisher's input
    const versions = Entries.map(({ Detail }) => JSON.parse(Detail).version as number);
    sent.push(versions);
    const isBusy = (version: number) => version === 3 && sent.length < 3;
    return { Entries: versions.map((one) => (isBusy(one) ? { ErrorCode: 'Busy' } : { EventId: 'e' })) };
  };
  const elsewhere = await startAwsEndpoint(
    { AWSEvents: busy },
    async () => undefined,
    () => {},
  );
  const events = numbered((version) => ({ ...event, detail: { version } })).slice(0, 5);
  const publisher = new EventPublisher(new EventBridgeClient(settings(elsewhere.url)), 'Bus');
  expect(await publisher.publishAll(events)).toEqual([true, true, true, true, true]);
  expect(sent).toEqual([[0, 1, 2, 3, 4], [3], [3]]);
  await elsewhere.stop();
});
