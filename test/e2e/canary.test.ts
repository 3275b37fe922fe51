import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { ENTRIES, METRICS, PROBES } from '../../shared/contract.ts';
import { adminApi } from '../support/admin-api.ts';
import { NO_FAULTS } from '../support/fault-proxy/fault.ts';
import { type StackBehindProxy, startStackBehindProxy } from '../support/hung-table.ts';

const DAY_MS = 86_400_000;
let behind: StackBehindProxy;
beforeAll(async () => {
  behind = await startStackBehindProxy({ assemblyFolder: inject('assemblyFolder') });
});
afterAll(() => behind?.stop());

const api = adminApi(() => behind.stack);

/** The lines of the canary's function, as JSON. */
const lines = () =>
  readFileSync(behind.stack.logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes(ENTRIES.canary))
    .flatMap((line) => /\{.*\}/.exec(line)?.[0] ?? [])
    .map((json) => JSON.parse(json));

/** Runs the schedule, and waits for lines that it must write. */
async function expectRun(...expected: readonly object[]) {
  const before = lines().length;
  expect(await behind.stack.runSchedule('canary')).toMatchObject({ kind: 'returned' });
  // A run that a move of the clock has started may write its line late.
  await vi.waitFor(() => {
    const written = lines().slice(before);
    for (const line of expected) expect(written).toContainEqual(expect.objectContaining(line));
  });
}

const SUCCESS = { [METRICS.canary.succeeded]: 1, [METRICS.canary.latencyMs]: expect.any(Number) };

test('its schedule checks and consumes through the public URL, and publishes the success', async () => {
  expect(behind.stack.scheduleNames).toContainEqual(expect.stringMatching(/-canary$/));
  await expectRun({ ...SUCCESS, service: METRICS.service });
  await expectRun(SUCCESS);
});

test('its ledger is complete, and it is in no report, list or metric of decisions', async () => {
  const body = { name: 'of the canary', scopes: ['read', 'admin'], userId: PROBES.canaryUserId };
  const { key } = (await api.call('/v1/admin/api-keys', { body })).body;
  const headers = { authorization: `Bearer ${key}` };
  const audit = await api.call('/v1/admin/jobs/ledger-audit', {
    body: { userId: PROBES.canaryUserId },
    headers,
  });
  expect(audit.status).toBe(202);
  await vi.waitFor(
    async () => {
      const [run] = await api.runsOf('ledger-audit');
      expect(run).toMatchObject({
        state: 'succeeded',
        counts: { processed: 1, entries: 2, findings: 0, behind: 0 },
      });
    },
    { timeout: 60_000, interval: 500 },
  );
  const today = new Date().toISOString().slice(0, 10);
  const report = await api.call(`/v1/admin/reports/usage?from=${today}&to=${today}`);
  expect(report.body).toMatchObject({ activeUsers: { value: 0 }, features: [], plans: [] });
  const top = await api.call(`/v1/admin/top-users?type=${PROBES.features.plentiful}`);
  expect(top.body.users).toEqual([]);
  expect((await api.run('quota-monitor')).counts.processed).toBe(0);
  expect(readFileSync(behind.stack.logFile, 'utf8')).not.toContain(`"${METRICS.accepted}"`);
});

test('an outage is a failure that names the step and the reason, once its deployment is over', async () => {
  behind.proxy.follow(() => 'throttled');
  await expectRun({ message: expect.stringContaining('too early'), at: 'check' });
  behind.proxy.follow(NO_FAULTS);
  await behind.stack.moveClock({ byMs: DAY_MS });
  behind.proxy.follow(() => 'throttled');
  await expectRun(
    {
      level: 'ERROR',
      message: 'canary failed',
      at: 'check',
      reason: expect.stringMatching(/^503 /),
    },
    { [METRICS.canary.succeeded]: 0 },
  );
  behind.proxy.follow(NO_FAULTS);
  // On the next day it also opens a new period.
  await expectRun(SUCCESS);
});
