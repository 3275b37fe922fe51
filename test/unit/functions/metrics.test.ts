import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CACHE_KINDS, METRIC_SHAPES, METRICS } from '../../../shared/contract.ts';
import { newRun } from '../../../shared/domain/job-run.ts';
import { captureLog, lambdaContext, loadHandler, setEnvironment } from '../../support/api.ts';

interface Document {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
}

const USER = 'a-user-whom-no-dimension-may-name';
let log: ReturnType<typeof captureLog>;
let documents: Document[];

/** Every metric name below `METRICS`. */
const NAMES = METRIC_SHAPES.flatMap(({ names }) => names);

/** Makes each metrics writer write once. */
async function writeEverything(): Promise<void> {
  const { recordDecision } = await import('../../../functions/http/record-decision.ts');
  const { publishCacheCounts, publishLockEvent } = await import(
    '../../../functions/runtime/telemetry/redis-metrics.ts'
  );
  const stripe = await import('../../../functions/runtime/telemetry/record-stripe.ts');

  const feature = { type: 'aiRequest', amount: 3, remaining: 4, usagePercent: 60, isKnown: true };
  recordDecision(
    { userId: USER, outcome: 'allowed', operationId: 'op_1', features: [feature], isCounted: true },
    { operation: 'consumeQuota', durationMs: 7, requestId: 'r' },
  );
  for (const kind of CACHE_KINDS) {
    const names = Object.keys(METRICS.cache) as (keyof typeof METRICS.cache)[]; // its own keys
    publishCacheCounts(
      kind,
      names.map((name) => [name, 1] as const),
    );
  }
  for (const event of Object.keys(METRICS.lock) as (keyof typeof METRICS.lock)[]) {
    publishLockEvent({ event, resource: 'job', waitMs: 5 });
  }
  const event = { id: 'evt_1', type: 'invoice.paid', created: 0, data: { object: {} } };
  const convergence = {
    code: 'no_subscription',
    userId: USER,
    unknownPrices: [],
    strangerIds: [],
    isContested: false,
  } as const;
  stripe.recordStripeEvent(event, { code: 'handled', convergence }, 'r');
  stripe.recordStripeEvent(event, { code: 'repeated' }, 'r');
  stripe.recordStripeEvent(event, { code: 'ignored' }, 'r');
  stripe.recordRefusedWebhook('invalid_signature', 'r');
  stripe.countFailedEvent();
  const counts = {
    checked: 1,
    changed: 1,
    failed: 0,
    drifted: 1,
    unknownUsers: 1,
    contested: 1,
    severalSubscriptions: 1,
    noSubscription: 1,
  };
  stripe.recordSync({ ...counts, unknownPrices: ['price_1'], complete: true });
  const { recordJob } = await import('../../../functions/runtime/telemetry/record-job.ts');
  const about = {
    id: '1',
    job: 'quota-reset',
    trigger: { kind: 'manual' },
    options: { userId: USER },
  } as const;
  recordJob(newRun('succeeded', about, 0));
  const { recordMonitor } = await import('../../../functions/runtime/telemetry/record-monitor.ts');
  recordMonitor({ counts: { processed: 1, failed: 0, raised: 1, recovered: 0, told: 1, untold: 1 } });
  const { recordAudit } = await import('../../../functions/runtime/telemetry/record-audit.ts');
  recordAudit({
    counts: { processed: 1, failed: 0, entries: 1, findings: 1, faulty: 1, behind: 0 },
  });
  const keys = await import('../../../functions/runtime/telemetry/record-keys.ts');
  const key = { keyId: 'a'.repeat(64), name: 'adminKey', scopes: ['admin'], createdAt: 0 };
  keys.recordUnknownKey(0);
  keys.recordRateLimited(key.keyId, 0);
  keys.recordFirstKey(key, 0);
  const { recordCanary } = await import('../../../functions/runtime/telemetry/record-canary.ts');
  recordCanary({ code: 'succeeded', checkMs: 20, consumeMs: 30 });
  const project = await loadHandler('projector/handler');
  await project({ Records: [] }, lambdaContext('project'));
}

beforeAll(async () => {
  setEnvironment('t', 'http://127.0.0.1:9');
  log = captureLog();
  await writeEverything();
  documents = log.lines.filter((line) => '_aws' in line) as unknown as Document[]; // the format's own shape
});
afterAll(() => log.restore());

const directives = () => documents.flatMap(({ _aws }) => _aws.CloudWatchMetrics);

describe('embedded metrics', () => {
  test('every metric of the contract is written', () => {
    const written = new Set(directives().flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name)));
    expect([...written].sort()).toEqual([...NAMES].sort());
  });

  test('under the names, units and dimensions of the contract', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
    for (const { Namespace, Dimensions, Metrics } of directives()) {
      expect(Namespace).toBe('QuotaService');
      for (const { Name, Unit } of Metrics) {
        const shape = METRIC_SHAPES.find(({ names }) => names.includes(Name));
        expect({ Name, Unit, Dimensions }).toEqual({
          Name,
          Unit: shape?.unit,
          Dimensions: shape?.dimensions,
        });
      }
    }
  });

  test('units are accepted once: replayed, denied and unlimited ones are counted apart', async () => {
    const { recordDecision } = await import('../../../functions/http/record-decision.ts');
    const decided = (outcome: string, operationId: string | null, usagePercent: number | null) => {
      const from = log.lines.length;
      const feature = { type: 'upload', amount: 1, remaining: null, usagePercent, isKnown: true };
      recordDecision(
        { userId: USER, outcome, operationId, features: [feature], isCounted: true },
        { operation: 'consumeQuota', durationMs: 1, requestId: 'r' },
      );
      const written = log.lines.slice(from).filter((line) => '_aws' in line && 'service' in line);
      expect(log.lines.length - from).toBe(1);
      return written.map(({ Accepted, UsagePercentage }) => ({ Accepted, UsagePercentage }));
    };
    expect(decided('allowed', 'op', 60)).toEqual([{ Accepted: 1, UsagePercentage: 60 }]);
    expect(decided('allowed', 'op', null)).toEqual([{ Accepted: 1 }]);
    expect(decided('replayed', 'op', 60)).toEqual([{ UsagePercentage: 60 }]);
    expect(decided('replayed', 'op', null)).toEqual([]);
    expect(decided('exceeded', null, 100)).toEqual([]);
  });

  test.each([
    ['succeeded', [1]],
    ['cut_short', [1]],
    ['failed', [0]],
    ['already_running', []],
    ['nothing_done', []],
  ] as const)('a run that ends as %s counts as alive: %j', async (state, alive) => {
    const { recordJob } = await import('../../../functions/runtime/telemetry/record-job.ts');
    const from = log.lines.length;
    const trigger = { kind: 'schedule', schedule: 'daily' } as const;
    recordJob({ ...newRun('running', { id: '1', job: 'ledger-audit', trigger, options: {} }, 0), state });
    const written = log.lines.slice(from).filter((line) => METRICS.job.alive in line);
    expect(written.map((line) => line[METRICS.job.alive])).toEqual(alive);
  });

  test('no dimension names a user', () => {
    expect(documents.length).toBeGreaterThan(10);
    // By the format a dimension's value is a member of the line.
    const values = documents.flatMap(({ _aws, ...line }) =>
      _aws.CloudWatchMetrics.flatMap(({ Dimensions }) =>
        Dimensions.flat().map((name) => Object.entries(line).find(([key]) => key === name)?.[1]),
      ),
    );
    expect(values.every((value) => typeof value === 'string' && value !== '')).toBe(true);
    expect(values).not.toContain(USER);
  });
});
