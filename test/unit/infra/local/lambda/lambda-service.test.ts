import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../../../../infra/local/aws/aws-endpoint.ts';
import { lambdaService } from '../../../../../infra/local/lambda/lambda-service.ts';
import { JobStarter } from '../../../../../shared/adapters/aws/job-starter.ts';
import { Unavailable } from '../../../../../shared/domain/faults.ts';

const invoked: [string, unknown][] = [];
let endpoint: AwsEndpoint;
let client: LambdaClient;

beforeAll(async () => {
  const service = lambdaService(
    (name, event) => {
      if (name !== 'the-reset') throw new Error(`The template declares no function ${name}`);
      invoked.push([name, event]);
      // The response is sent before this.
      return new Promise(() => {});
    },
    () => {},
  );
  endpoint = await startAwsEndpoint(
    {},
    async () => undefined,
    () => {},
    [service],
  );
  client = new LambdaClient({
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
beforeEach(() => invoked.splice(0));
afterAll(async () => {
  client.destroy();
  await endpoint.stop();
});

test('a job is started asynchronously with its event', async () => {
  await new JobStarter(client, { 'quota-reset': 'the-reset' }).start('quota-reset', { runId: '1' });
  expect(invoked).toEqual([['the-reset', { runId: '1' }]]);
});

test('an unknown function is an error', async () => {
  const starter = new JobStarter(client, { 'quota-reset': 'another' });
  await expect(starter.start('quota-reset', {})).rejects.toThrow(Unavailable);
});

test('a synchronous invocation is not implemented', async () => {
  const waiting = new InvokeCommand({ FunctionName: 'the-reset', Payload: '{}' });
  await expect(client.send(waiting)).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
  expect(invoked).toEqual([]);
});
