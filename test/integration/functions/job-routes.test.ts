import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AccountStore } from '../../../shared/adapters/dynamodb/account-store.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import { ENV, JOBS, type JobName, jobEntry, METRICS } from '../../../shared/contract.ts';
import { ledgerEntry } from '../../../shared/domain/ledger.ts';
import { call, lambdaContext, loadHandler } from '../../support/api.ts';
import { type LocalServer, serveLocally } from '../../support/local-server.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
let lambda: LocalServer;
/** The invocations sent to Lambda. */
const invoked: { functionName: string; type: string | undefined; event: object }[] = [];
let isLambdaDown = false;

beforeAll(async () => {
  api = await createSeededApi();
  lambda = await serveLocally(async (request, response) => {
    const functionName = decodeURIComponent(request.url?.split('/')[3] ?? '');
    const event = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const type = String(request.headers['x-amz-invocation-type']);
    if (!isLambdaDown) invoked.push({ functionName, type, event });
    response.writeHead(isLambdaDown ? 500 : 202).end();
  });
  process.env.AWS_ENDPOINT_URL_LAMBDA = lambda.url;
  process.env[ENV.jobFunctions] = JSON.stringify(Object.fromEntries(JOBS.map((job) => [job, `the-${job}`])));
});
beforeEach(() => {
  invoked.length = 0;
  isLambdaDown = false;
});
afterAll(async () => {
  await lambda.stop();
  await api.stop();
});

const start = (name: string, body: object = {}) =>
  call('runJob', { key: api.adminKey, path: { name }, body });
const list = (name: string, query: Record<string, string> = {}) =>
  call('listJobRuns', { key: api.adminKey, path: { name }, query });
/** Runs the invoked job, as Lambda would. */
async function runInvoked(job: JobName, event: object = invoked[0]?.event ?? {}) {
  const handler = await loadHandler(jobEntry(job));
  return handler(event, { ...lambdaContext(job), getRemainingTimeInMillis: () => 900_000 });
}

test('one call starts a job and returns where to read its end', async () => {
  await call('consumeQuota', { key: api.serviceKey, body: { userId: 'ada', type: 'aiRequest' } });
  const started = await start('quota-reset', { userId: 'ada' });
  expect(started).toMatchObject({
    status: 202,
    headers: { Location: '/v1/admin/jobs/quota-reset/runs' },
    body: { state: 'queued', job: 'quota-reset', options: { userId: 'ada' }, endedAt: null },
  });
  const { runId } = started.body;
  expect(invoked).toMatchObject([
    { functionName: 'the-quota-reset', type: 'Event', event: { runId, options: { userId: 'ada' } } },
  ]);
  expect((await list('quota-reset')).body.runs).toMatchObject([{ runId, state: 'queued' }]);

  await runInvoked('quota-reset');
  const { status, body } = await list('quota-reset');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    job: 'quota-reset',
    runs: [
      {
        runId,
        state: 'succeeded',
        trigger: { kind: 'request', keyId: expect.stringMatching(/^[0-9a-f]{64}$/) },
        outcome: null,
        counts: { processed: 1, failed: 0 },
        errors: [],
        durationMs: expect.any(Number),
      },
    ],
    nextCursor: null,
  });
});

test('a schedule starts it too, and its work is counted', async () => {
  await runInvoked('quota-reset', { schedule: 'sweep' });
  const { body } = await list('quota-reset', { limit: '1' });
  expect(body.runs[0]).toMatchObject({
    state: 'succeeded',
    trigger: { kind: 'schedule', schedule: 'sweep' },
  });
  const figures = api.log.lines.findLast((line) => 'JobRuns' in line);
  expect(figures).toMatchObject({ JobRuns: 1, job: 'quota-reset', outcome: 'succeeded' });
  const alive = api.log.lines.findLast((line) => METRICS.job.alive in line);
  expect(alive).toMatchObject({ [METRICS.job.alive]: 1, job: 'quota-reset' });
});

test('runs come in pages, the newest first', async () => {
  for (let count = 0; count < 5; count += 1) await runInvoked('quota-reset', { schedule: 'sweep' });
  const all = (await list('quota-reset', { limit: '100' })).body.runs.map(
    ({ runId }: { runId: string }) => runId,
  );
  expect([...all].sort().reverse()).toEqual(all);
  const paged: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await list('quota-reset', { limit: '2', ...(cursor && { cursor }) });
    paged.push(...body.runs.map(({ runId }: { runId: string }) => runId));
    cursor = body.nextCursor;
  }
  expect(paged).toEqual(all);
});

test('while it runs another request gets a conflict, and one for a user does not', async () => {
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const { runJob } = await import('../../../shared/usecases/jobs/run-job.ts');
  const { runJobDeps } = await import('../../../functions/runtime/composition/caches.ts');
  const request = {
    job: 'quota-reset',
    trigger: { kind: 'manual' },
    options: {},
    mayContinue: () => true,
  } as const;
  const running = runJob(runJobDeps(), request, async () => {
    begun.resolve();
    await goOn.promise;
    return { counts: { processed: 0, failed: 0 }, isComplete: true };
  });
  await begun.promise;
  const refused = await start('quota-reset');
  expect(refused).toMatchObject({ status: 409, body: { code: 'job_running', runId: expect.any(String) } });
  expect((await start('quota-reset', { userId: 'ada' })).status).toBe(202);
  goOn.resolve();
  await running;
  expect((await start('quota-reset')).status).toBe(202);
});

test('an unknown job is 404 with the known ones', async () => {
  for (const answer of [await start('quota-rest'), await list('__proto__')]) {
    expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_job', jobs: [...JOBS] } });
    for (const job of JOBS) expect(answer.body.detail).toContain(job);
  }
});

test.each<[JobName, object, string]>([
  ['subscription-sync', { types: ['aiRequest'] }, 'types'],
  ['quota-reset', { force: true }, 'userId'],
  ['quota-reset', { forse: true }, 'forse'],
  ['quota-reset', { userId: '#' }, 'userId'],
  ['quota-reset', { userId: 'ada', types: [] }, 'types'],
  ['plan-rollout', {}, 'planId'],
  ['plan-rollout', { planId: 'Pro' }, 'planId'],
  ['plan-rollout', { planId: 'pro', dryRun: 'yes' }, 'dryRun'],
  ['plan-rollout', { planId: 'pro', userId: 'ada' }, 'userId'],
  ['ledger-audit', { planId: 'pro' }, 'planId'],
])('%s rejects %j', async (job, body, path) => {
  const answer = await start(job, body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path }] } });
  expect(invoked).toEqual([]);
});

test('neither is for callers without the scope', async () => {
  const request = { key: api.serviceKey, path: { name: 'quota-reset' } };
  expect((await call('runJob', { ...request, body: {} })).status).toBe(403);
  expect((await call('listJobRuns', request)).status).toBe(403);
});

test('if Lambda rejects it the answer is 503, and no record shows a run', async () => {
  const before = (await list('subscription-sync')).body.runs;
  isLambdaDown = true;
  expect(await start('subscription-sync')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect((await list('subscription-sync')).body.runs).toEqual(before);
});

test('a run with a failure fails, so that Lambda retries and keeps it', async () => {
  await expect(runInvoked('quota-reset', { options: { userId: '#' } })).rejects.toThrow('userId');
  await call('consumeQuota', { key: api.serviceKey, body: { userId: 'eve', type: 'aiRequest' } });
  await start('quota-reset', { userId: 'eve', types: ['nothing'], force: true });
  await expect(runInvoked('quota-reset')).rejects.toThrow('failed');
  const { body } = await list('quota-reset', { limit: '1' });
  expect(body.runs[0]).toMatchObject({
    state: 'failed',
    errors: [{ message: expect.stringContaining('feature') }],
  });
});

test.each([
  ['quota-reset', { userId: 'nobody-yet' }, 'no_account'],
  ['quota-reset', { userId: 'nobody-yet', force: true }, 'no_account'],
  ['quota-monitor', { userId: 'nobody-yet' }, 'no_account'],
  ['subscription-sync', { userId: 'nobody-yet' }, 'billing_not_configured'],
  ['subscription-sync', { force: true }, 'billing_not_configured'],
] as const)(
  'a run of %s for %j that finds nothing of it does not count as a success',
  async (job, options, outcome) => {
    await start(job, options);
    expect(await runInvoked(job)).toMatchObject({ state: 'nothing_done', outcome });
    expect((await list(job, { limit: '1' })).body.runs[0]).toMatchObject({ state: 'nothing_done', outcome });
    const figures = api.log.lines.findLast((line) => 'JobRuns' in line);
    expect(figures).toMatchObject({ JobRuns: 1, job, outcome: 'nothing_done' });
    // Nothing was created either.
    const { body } = await call('getUserQuota', { key: api.serviceKey, path: { userId: 'nobody-yet' } });
    expect(body.version ?? 0).toBe(0);
  },
);

test('a scheduled sync without Stripe is a success: it has no work', async () => {
  expect(await runInvoked('subscription-sync', { schedule: 'hourly' })).toMatchObject({ state: 'succeeded' });
});

test('an explicit reset happens once, however often its event is delivered', async () => {
  const use = () => call('consumeQuota', { key: api.serviceKey, body: { userId: 'bob', type: 'aiRequest' } });
  await use();
  await start('quota-reset', { userId: 'bob', types: ['aiRequest'], force: true });
  expect(await runInvoked('quota-reset')).toMatchObject({ state: 'succeeded', counts: { reset: 1 } });
  expect((await use()).body.balance.used).toBe(1);
  await runInvoked('quota-reset');
  expect((await use()).body.balance.used).toBe(2);
});

describe('a rollout of a plan', () => {
  const content = (limit: number) => ({
    name: 'Rolled',
    allowances: [{ feature: 'storage', limit, interval: 'never' }],
  });
  const put = (limit: number) =>
    call('putPlan', { key: api.adminKey, path: { planId: 'rolled' }, body: content(limit) });
  const limitOf = async (userId: string) =>
    (await call('getUserQuota', { key: api.serviceKey, path: { userId }, query: { consistent: 'true' } }))
      .body.features[0].balance.limit;

  test('counts first, then moves all users of the plan', async () => {
    await put(10);
    for (const userId of ['rolled-1', 'rolled-2'])
      await call('setUserPlan', { key: api.adminKey, path: { userId }, body: { planId: 'rolled' } });
    await put(5);
    await start('plan-rollout', { planId: 'rolled', dryRun: true });
    expect(await runInvoked('plan-rollout')).toMatchObject({
      state: 'succeeded',
      counts: { processed: 2, outdated: 2, moved: 0 },
    });
    expect(await limitOf('rolled-1')).toBe(10);
    invoked.length = 0;
    await start('plan-rollout', { planId: 'rolled' });
    expect(await runInvoked('plan-rollout')).toMatchObject({
      state: 'succeeded',
      options: { planId: 'rolled' },
      counts: { processed: 2, moved: 2, failed: 0 },
    });
    expect([await limitOf('rolled-1'), await limitOf('rolled-2')]).toEqual([5, 5]);
  });

  test('of an unknown plan is not started', async () => {
    expect(await start('plan-rollout', { planId: 'nothing' })).toMatchObject({
      status: 404,
      body: { code: 'unknown_plan' },
    });
    expect(invoked).toEqual([]);
  });
});

test('ledger-audit reports its findings in its run, its metric and its log', async () => {
  const table = { client: api.table.documentClient, name: api.table.tableName };
  const userId = 'audited';
  await call('consumeQuota', { key: api.serviceKey, body: { userId, type: 'aiRequest', amount: 2 } });
  const account = await new AccountStore(table).read(userId, { consistent: true });
  if (!account?.change) throw new Error('the consume made the account');
  const entry = ledgerEntry(undefined, { ...account, change: account.change }, Date.now());
  const doubled = entry.deltas.map((delta) => ({ ...delta, used: delta.used * 2 }));
  await new LedgerStore(table).append([{ ...entry, deltas: doubled }]);

  await start('ledger-audit', { userId });
  expect(await runInvoked('ledger-audit')).toMatchObject({
    state: 'succeeded',
    counts: { processed: 1, failed: 0, entries: 1, findings: 1, faulty: 1 },
    errors: [{ userId, message: 'aiRequest/month: the ledger sums used to 4, the account has 2' }],
  });
  expect(api.log.lines.findLast((line) => 'LedgerFindings' in line)).toMatchObject({ LedgerFindings: 1 });
  expect(api.log.lines.findLast(({ message }) => message === 'ledger finding')).toMatchObject({
    userId,
    finding: expect.stringContaining('used to 4'),
  });
});
