import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../../shared/contract.ts';
import { call, loadHandler, setEnvironment } from '../../support/api.ts';
import { startTableStub, type TableStub } from '../../support/table-stub.ts';

const WARM: readonly Entry[] = [
  'account-reads/handler',
  'authorizer/handler',
  'billing/handler',
  'public/handler',
  'quota/handler',
  'stripe-webhook/handler',
];

let table: TableStub | undefined;
beforeEach(() => {
  vi.resetModules();
});
afterEach(async () => {
  await table?.stop();
  table = undefined;
});

const found = () =>
  startTableStub((_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  });

describe('the init of a function', () => {
  it.each(WARM)('of %s reads the table once, before the first request', async (entry) => {
    table = await found();
    setEnvironment('t', table.endpoint);
    await loadHandler(entry);
    expect(table.count()).toBe(1);
  });

  it('succeeds when the table is unreachable', async () => {
    setEnvironment('t', 'http://127.0.0.1:9');
    expect(await loadHandler('public/handler')).toBeTypeOf('function');
  });

  it('waits at most half a second for a table that does not answer, and a later request succeeds', async () => {
    let isHung = true;
    table = await startTableStub((_, response) => {
      if (!isHung) response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
    });
    setEnvironment('t', table.endpoint);
    const { warmUpHealth } = await import('../../../functions/runtime/composition/warm-up.ts');
    const startedAt = performance.now();
    await warmUpHealth();
    expect(performance.now() - startedAt).toBeLessThan(900);
    isHung = false;
    expect((await call('getHealth')).status).toBe(200);
  });
});
