import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Assembly } from '../../../../infra/local/assembly/read-assembly.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../../../infra/local/aws-endpoint.ts';
import { eventBusService } from '../../../../infra/local/event-bus.ts';
import { EventPublisher } from '../../../../shared/adapters/aws/event-publisher.ts';
import { Unavailable } from '../../../../shared/domain/faults.ts';

const lines: string[] = [];
let endpoint: AwsEndpoint;
let client: EventBridgeClient;

const clientOf = (url: string) =>
  new EventBridgeClient({
    endpoint: url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });

beforeAll(async () => {
  const bus = { logicalId: 'Bus', type: 'AWS::Events::EventBus', properties: {}, ref: 'Bus', arn: 'arn:Bus' };
  const assembly: Assembly = { resources: [bus], bundleFolder: () => '' };
  const service = eventBusService(assembly, (line) => lines.push(line));
  endpoint = await startAwsEndpoint(
    { AWSEvents: service },
    async () => undefined,
    () => {},
  );
  client = clientOf(endpoint.url);
});
beforeEach(() => lines.splice(0));
afterAll(async () => {
  client.destroy();
  await endpoint.stop();
});

const event = { type: 'subscription.changed', detail: { userId: 'ada', version: 2 }, at: 0 } as const;

test('what the service says arrives in the log', async () => {
  await new EventPublisher(client, 'Bus').publish(event);
  expect(lines).toEqual(['subscription.changed {"userId":"ada","version":2}']);
});

test('an event that is answered with 200 and was not taken is a fault', async () => {
  await expect(new EventPublisher(client, 'another').publish(event)).rejects.toThrow(Unavailable);
  expect(lines).toEqual([]);
});

test('so is one that nobody answers', async () => {
  const nobody = clientOf('http://127.0.0.1:9');
  await expect(new EventPublisher(nobody, 'Bus').publish(event)).rejects.toThrow(Unavailable);
});
