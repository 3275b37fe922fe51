import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALL_ENTRIES, ENTRIES, LAYOUT } from '../../../shared/contract.ts';
import { call, loadHandler, setEnvironment } from '../../support/api.ts';
import { startTableStub, type TableStub } from '../../support/table-stub.ts';

/** The seed checks the layout when it runs, since its role may be seconds old; the canary uses no table. */
const OPENING = ALL_ENTRIES.filter((entry) => entry !== ENTRIES.seed && entry !== ENTRIES.canary);
const NEWER = LAYOUT.current + 1;

let table: TableStub | undefined;
beforeEach(() => {
  vi.resetModules();
});
afterEach(async () => {
  await table?.stop();
  table = undefined;
});

/** A table with a layout; `undefined`: without its item. */
const withLayout = (layout: number | undefined) =>
  startTableStub((_, response) => {
    const Item = layout !== undefined && { [LAYOUT.attribute]: { N: String(layout) } };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(Item ? { Item } : {}));
  });

describe.each(OPENING)('the init of %s', (entry) => {
  it('reads the table once, before the first request', async () => {
    table = await withLayout(undefined);
    setEnvironment('t', table.endpoint);
    await loadHandler(entry);
    expect(table.count()).toBe(1);
  });

  it('fails on a layout that this release does not read', async () => {
    table = await withLayout(NEWER);
    setEnvironment('t', table.endpoint);
    await expect(loadHandler(entry)).rejects.toThrow(
      `the table has layout ${NEWER}, and this release reads ${LAYOUT.readable.join(' and ')}`,
    );
  });
});

describe('the init of a function', () => {
  it.each(LAYOUT.readable)('succeeds on layout %i', async (layout) => {
    table = await withLayout(layout);
    setEnvironment('t', table.endpoint);
    expect(await loadHandler('public/handler')).toBeTypeOf('function');
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
    const { openTable } = await import('../../../functions/runtime/composition/open-table.ts');
    const startedAt = performance.now();
    await openTable();
    expect(performance.now() - startedAt).toBeLessThan(900);
    isHung = false;
    expect((await call('getHealth')).status).toBe(200);
  });
});
