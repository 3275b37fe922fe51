/**
 * What the service costs: units of the table counted on an emulator, bytes of logs from captured lines,
 * resources from the template; priced from one table. Writes docs/cost.md.
 *
 * Usage: npm run cost
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readAssembly } from '../../infra/local/assembly/read-assembly.ts';
import { synthesize } from '../../infra/local/assembly/synthesize.ts';
import { PROBES } from '../../shared/contract.ts';
import { captureLog, setEnvironment } from '../support/api.ts';
import { measureArchive } from './cost/archive.ts';
import { type Bill, billOf, canaryRunPrice } from './cost/bill.ts';
import { costPage } from './cost/page.ts';
import { CALLS, CANARY, type Call, measureCalls } from './cost/runs.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/cost.md');

const { calls: units, canary } = await measureCalls();
const bills = new Map<Call, Bill>();
const logBytes = await measureLines();
for (const [call, measured] of units) bills.set(call, billOf(call, measured, logBytes.get(call) ?? 0));
const canaryRun = canaryRunPrice(CANARY, canary, logBytes.get(CANARY) ?? 0);
const page = costPage({
  units,
  bills,
  logBytes,
  canaryRun,
  resources: await countResources(),
  archive: await measureArchive(),
});
writeFileSync(PAGE, page);
console.log(page);

/** Bytes of the line that a function writes for each kind of call. */
async function measureLines(): Promise<Map<Call, number>> {
  setEnvironment('table', 'http://127.0.0.1:9');
  const { recordDecision } = await import('../../functions/http/record-decision.ts');
  const log = captureLog();
  const feature = { type: 'aiRequest', amount: 1, remaining: 4_711, usagePercent: 5, isKnown: true };
  const all = [...CALLS, CANARY];
  for (const call of all) {
    const { outcome, isChange } = call;
    recordDecision(
      {
        userId: call === CANARY ? PROBES.canaryUserId : crypto.randomUUID(),
        outcome,
        operationId: isChange ? crypto.randomUUID() : null,
        features: [feature],
        isCounted: true,
      },
      { operation: 'consumeQuota', durationMs: 12, requestId: crypto.randomUUID() },
    );
  }
  log.restore();
  return new Map(
    all.map((call, index) => [call, Buffer.byteLength(JSON.stringify(log.lines[index] ?? {})) + 1]),
  );
}

/** Resources of the template by type. */
async function countResources(): Promise<ReadonlyMap<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'quota-cost-'));
  try {
    await synthesize(folder);
    const { resources } = await readAssembly(folder);
    const byType = Map.groupBy(resources, ({ type }) => type);
    return new Map([...byType].map(([type, list]) => [type, list.length]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
