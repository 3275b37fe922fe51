import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LocalStack } from '../../infra/local/local-stack.ts';
import { localDynamoDB } from '../support/local-dynamodb.ts';
import { type ProbeStack, startProbeStack } from '../support/probe-stack.ts';

let probes: ProbeStack;
let stack: LocalStack;
let client: DynamoDBClient;

beforeAll(async () => {
  probes = await startProbeStack((folder) => ({
    adminKey: 'the admin key',
    dataFolder: join(folder, 'data'),
    maxEnvironments: 2,
  }));
  stack = probes.stack;
  client = localDynamoDB(stack.dynamodbEndpoint);
});

afterAll(async () => {
  await probes.stop();
  client.destroy();
});

const get = (path: string, authorization?: string) =>
  fetch(stack.url + path, authorization ? { headers: { authorization } } : {});

/** The log is written a moment after the answer. */
const logged = (text: string) =>
  vi.waitFor(() => expect(readFileSync(stack.logFile, 'utf8')).toContain(text));

/** A probe's answer; its shape is the subject of the test. */
const json = async (response: Response) => Object(await response.json());

describe('HTTP', () => {
  test('a function gets an event of payload format 2.0 and a context with its remaining time', async () => {
    const response = await fetch(`${stack.url}/open/a%20b?x=1&x=2&y=%C3%A9`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'X-Twice': 'one', cookie: 'c1=1; c2=2' },
      body: '{"ä":1}',
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('apigw-requestid')).toBeTruthy();
    const { event, context } = await json(response);
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /open/{id}',
      rawPath: '/open/a b',
      rawQueryString: 'x=1&x=2&y=%C3%A9',
      cookies: ['c1=1', 'c2=2'],
      headers: { 'x-twice': 'one', 'x-forwarded-for': '127.0.0.1' },
      queryStringParameters: { x: '1,2', y: 'é' },
      pathParameters: { id: 'a b' },
      requestContext: {
        http: { method: 'POST', path: '/open/a b', sourceIp: '127.0.0.1' },
        stage: '$default',
      },
      body: '{"ä":1}',
      isBase64Encoded: false,
    });
    expect(event.headers.cookie).toBeUndefined();
    expect(context).toMatchObject({ functionVersion: '$LATEST', memoryLimitInMB: '256' });
    expect(context.invokedFunctionArn).toMatch(/^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:echo/);
    expect(context.remainingMs).toBeGreaterThan(4_000);
    expect(context.remainingMs).toBeLessThanOrEqual(5_000);
  });

  test('an undeclared route is 404, also HEAD of a GET', async () => {
    const answers = [
      await get('/nowhere'),
      await fetch(`${stack.url}/hang`, { method: 'HEAD' }),
      await get('/open/a/'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(await answers[0]?.json()).toEqual({ message: 'Not Found' });
  });

  test('a path that is not percent-encoding is 400, a body above 10 MB is 413', async () => {
    expect((await get('/open/%zz')).status).toBe(400);
    const large = await fetch(`${stack.url}/open/a`, {
      method: 'POST',
      body: Buffer.alloc(10 * 1024 * 1024 + 1),
    });
    expect(large.status).toBe(413);
  });

  test('a function that throws or ends its process is 500, and the next request is served', async () => {
    for (const path of ['/open/a/fail', '/open/a/exit', '/open/a/fail']) {
      const failed = await get(path);
      expect(failed.status).toBe(500);
      expect(await failed.json()).toEqual({ message: 'Internal Server Error' });
    }
    expect((await get('/open/a')).status).toBe(200);
    await logged('TypeError: meant to fail');
  });

  test('a function that exceeds its timeout is ended, and so is every later one', async () => {
    const startedMs = performance.now();
    const answers = await Promise.all([get('/hang'), get('/hang'), get('/hang')]);
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500]);
    // Two environments at most: the third call waited one second for another, then took its own.
    expect(performance.now() - startedMs).toBeGreaterThan(1_900);
    await logged('Task timed out after 1.00 seconds');
  });
});

describe('authorizer', () => {
  const callsOf = async (response: Response) => {
    const { event } = await json(response);
    return event.requestContext.authorizer.lambda;
  };

  test('without the identity source it is not called', async () => {
    const response = await get('/closed/1');
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ message: 'Unauthorized' });
  });

  test('its answer is valid for the key on every path, and its context reaches the function', async () => {
    const first = await callsOf(await get('/closed/1', 'Bearer good one'));
    expect(first.routeArn).toMatch(/^arn:aws:execute-api:.+\/\$default\/GET\/closed\/1$/);
    expect(await callsOf(await get('/closed/2', 'Bearer good one'))).toEqual(first);
    expect((await callsOf(await get('/closed/2', 'Bearer good two'))).routeArn).not.toBe(first.routeArn);
  });

  test('a denial is 403; a failure and a senseless answer are 500', async () => {
    const refused = await get('/closed/1', 'Bearer bad');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({ message: 'Forbidden' });
    expect((await get('/closed/1', 'Bearer broken')).status).toBe(500);
    expect((await get('/closed/1', 'Bearer throws')).status).toBe(500);
  });
});

describe('environment', () => {
  test("a function sees its own variables and Lambda's, none of the machine's", async () => {
    const { environment } = await json(await get('/open/a'));
    expect(environment).toMatchObject({ SHARED_NAME: 'of echo', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256' });
    expect(environment.AWS_ENDPOINT_URL_DYNAMODB).toBe(stack.dynamodbEndpoint);
    for (const name of ['HOME', 'PATH', 'USER', 'NODE_OPTIONS', 'VITEST'])
      expect(environment[name]).toBeUndefined();
  });

  test('one function cannot read or change the environment of another', async () => {
    expect(await (await get('/leak')).json()).toMatchObject({ before: 'of leak', canRead: true });
    const { environment } = await json(await get('/open/a'));
    expect(environment.SHARED_NAME).toBe('of echo');
    expect(environment.PLANTED).toBeUndefined();
    expect(process.env.PLANTED).toBeUndefined();
  });

  test('a call to an unsupported service is refused here, and reported', async () => {
    const { environment } = await json(await get('/open/a'));
    const answer = await fetch(environment.AWS_ENDPOINT_URL, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSSM.GetParameter' },
      body: '{}',
    });
    expect(answer.status).toBe(501);
    await logged('not played here: POST / AmazonSSM.GetParameter');
  });
});

describe('stream', () => {
  const put = (pk: string, version: number, sk = 'ACCOUNT') =>
    DynamoDBDocumentClient.from(client).send(
      new PutCommand({ TableName: stack.tableName, Item: { pk, sk, version } }),
    );
  const projected = (pk: string) => {
    const lines = readFileSync(probes.files.projected, { encoding: 'utf8', flag: 'a+' }).split('\n');
    return lines.flatMap((line) => (line ? [JSON.parse(line)] : [])).filter((entry) => entry.pk === pk);
  };
  const versions = (pk: string) => projected(pk).map(({ version }) => Number(version));

  test("one item's changes arrive in order, soon, as Lambda records; filtered ones do not", async () => {
    await put('filtered', 1, 'LEDGER#1');
    const wanted = Array.from({ length: 30 }, (_, version) => version + 1);
    for (const version of wanted) await put('ordered', version);
    const writtenMs = Date.now();
    await vi.waitFor(() => expect(versions('ordered')).toEqual(wanted), { timeout: 5_000 });
    const [first, second] = projected('ordered');
    expect(projected('ordered').at(-1)?.at - writtenMs).toBeLessThan(2_000);
    expect(first.record).toMatchObject({
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        Keys: { pk: { S: 'ordered' } },
        NewImage: { version: { N: '1' } },
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    expect(second.record.dynamodb.OldImage.version).toEqual({ N: '1' });
    const ageMs = first.at - first.record.dynamodb.ApproximateCreationDateTime * 1_000;
    expect(ageMs).toBeLessThan(3_000);
    expect(projected('filtered')).toEqual([]);
  });

  test('a failed record is delivered again, with all that follow', async () => {
    await Promise.all([put('once', 1), put('malformed', 1)]);
    await Promise.all([put('once', 2), put('malformed', 2)]);
    await vi.waitFor(
      () => {
        // In order, and at least once: a neighbour's failure may redeliver a record.
        for (const pk of ['once', 'malformed']) {
          expect(versions(pk).at(-1)).toBe(2);
          expect([...new Set(versions(pk))]).toEqual([1, 2]);
        }
      },
      { timeout: 10_000 },
    );
  });

  test('a poison record alone is given up and stored whole, and nothing around it is lost', async () => {
    await Promise.all(Array.from({ length: 5 }, (_, index) => put(`before-${index}`, 1)));
    await put('poison', 1);
    await Promise.all(Array.from({ length: 5 }, (_, index) => put(`after-${index}`, 1)));
    const kept = () => {
      const given = join(probes.folder, 'data/given-up');
      return readdirSync(given, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.json'))
        .map((file) => JSON.parse(readFileSync(join(given, file), 'utf8')));
    };
    await vi.waitFor(
      () => {
        for (let index = 0; index < 5; index += 1) {
          expect(versions(`before-${index}`)).toEqual([1]);
          expect(versions(`after-${index}`)).toEqual([1]);
        }
        expect(kept()).toHaveLength(1);
      },
      { timeout: 15_000 },
    );
    const [record] = kept();
    expect(record.requestContext.condition).toBe('RetryAttemptsExhausted');
    expect(record.DDBStreamBatchInfo.batchSize).toBe(1);
    expect(JSON.parse(record.payload).Records[0].dynamodb.Keys.pk.S).toBe('poison');
  });
});

test('only this machine can reach it', async () => {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const ports = [stack.url, stack.controlUrl, stack.dynamodbEndpoint].map((url) => new URL(url).port);
  for (const { address } of addresses.filter(({ internal, family }) => !internal && family === 'IPv4')) {
    for (const port of ports)
      await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow('fetch failed');
  }
  expect((await fetch(stack.dynamodbEndpoint)).status).toBe(400);
});

describe('deployment and clocks', () => {
  test('a trigger has run once, and read the declared secret with the given key in it', () => {
    const [written = '', ...more] = readFileSync(probes.files.triggered, 'utf8').trim().split('\n');
    expect(more).toEqual([]);
    expect(JSON.parse(written)).toMatchObject({ kept: 'yes', adminKey: 'the admin key' });
  });

  test('a schedule can be fired by name, and its function is retried', async () => {
    const outcome = await stack.runSchedule('nightly');
    expect(outcome).toEqual({ kind: 'returned', result: { attempts: 2, event: { job: 'nightly' } } });
  });

  test('another process can fire a schedule and call a function, a web page cannot', async () => {
    const fired = await fetch(`${stack.controlUrl}/schedules/nightly`, { method: 'POST' });
    expect(await fired.json()).toMatchObject({ kind: 'returned', result: { attempts: 3 } });
    const called = await fetch(`${stack.controlUrl}/functions/probe/echo`, {
      method: 'POST',
      body: '{"hello":1}',
    });
    expect(JSON.parse((await json(called)).result.body).event).toEqual({ hello: 1 });
    const page = await fetch(stack.controlUrl, { headers: { origin: 'https://example.com' } });
    expect(page.status).toBe(403);
  });
});
