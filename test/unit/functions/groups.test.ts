import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ALL_ENTRIES,
  groupEntry,
  JOBS,
  jobEntry,
  type OperationName,
  operationsOf,
  ROUTE_GROUPS,
  ROUTES,
  routeKeyOf,
} from '../../../shared/contract.ts';
import { captureLog, httpEvent, lambdaContext, loadHandler, setEnvironment } from '../../support/api.ts';
import { routeFiles } from '../../support/route-files.ts';

const FUNCTIONS = join(import.meta.dirname, '../../../functions');
setEnvironment('no-table', 'http://127.0.0.1:9');
const files = await routeFiles();

test('every operation of the contract has one route file, in the folder of its group', () => {
  // The keys of `ROUTES` are the operation names.
  const operations = Object.keys(ROUTES) as OperationName[];
  expect([...files.keys()].sort()).toEqual([...operations].sort());
  for (const [operation, file] of files) expect(file).toMatch(new RegExp(`^${ROUTES[operation].group}/`));
});

test('the folder of a group holds its handler and its routes, and nothing else', async () => {
  for (const group of ROUTE_GROUPS) {
    const found = (await readdir(join(FUNCTIONS, group))).map((file) => `${group}/${file}`);
    const routes = operationsOf(group).map((operation) => `${files.get(operation)}.ts`);
    expect(found.sort()).toEqual([`${groupEntry(group)}.ts`, ...routes].sort());
  }
});

describe.each(ROUTE_GROUPS)('the group %s', (group) => {
  const entry = groupEntry(group);
  const send = async (operation: OperationName, routeKey: string) => {
    const handler = await loadHandler(entry);
    const caller = { keyId: 'a'.repeat(64), scopes: '' };
    return handler({ ...(await httpEvent(operation, { caller })), routeKey }, lambdaContext(entry));
  };

  test('serves each of its routes by the key that API Gateway matched, and logs its operation', async () => {
    for (const operation of operationsOf(group)) {
      const log = captureLog();
      const answer = await send(operation, routeKeyOf(operation)).finally(log.restore);
      expect(answer, operation).toMatchObject({ statusCode: expect.any(Number) });
      const logged = log.lines.flatMap((line) => line.operation ?? []);
      // Public routes log nothing when they succeed.
      expect(logged, operation).toEqual(operation === 'getOpenApi' ? [] : [operation]);
    }
  });

  test('fails for a key that it does not serve, whatever the path', async () => {
    const [own = 'getHealth'] = operationsOf(group);
    const others = ROUTE_GROUPS.filter((other) => other !== group)
      .flatMap(operationsOf)
      .map(routeKeyOf);
    for (const routeKey of [...others, '$default', 'POST /v1/quota/unknown', '', 'toString']) {
      await expect(send(own, routeKey), routeKey).rejects.toThrow(
        `the group ${group} does not serve the route ${routeKey}`,
      );
    }
  });
});

test('every job has a file below functions/jobs, and every file there is a job', async () => {
  const found = (await readdir(join(FUNCTIONS, 'jobs'))).filter((file) => file !== 'job-handler.ts');
  expect(found.sort()).toEqual(JOBS.map((job) => `${job}.ts`).sort());
});

test.each(JOBS)('the function of %s runs this job and no other', async (job) => {
  const handler = await loadHandler(jobEntry(job));
  const event = { schedule: 'test', options: { noSuchOption: true } };
  await expect(handler(event, lambdaContext(job))).rejects.toThrow(
    `the options of ${job} are not as expected`,
  );
});

test('every function of the contract exports a handler', async () => {
  for (const entry of ALL_ENTRIES) expect(await loadHandler(entry), entry).toBeTypeOf('function');
});
