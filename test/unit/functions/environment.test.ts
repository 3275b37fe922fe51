import { expect, test, vi } from 'vitest';
import { AMOUNT_BOUND, ENV } from '../../../shared/contract.ts';
import { setEnvironment } from '../../support/api.ts';

const REQUIRED = [ENV.tableName, ENV.defaultPlanId, ENV.maxAmount, ENV.metricsNamespace, ENV.logLevel];

async function start() {
  vi.resetModules();
  return import('../../../functions/runtime/env.ts');
}

test.each(REQUIRED)('a function without %s fails to start, with a message', async (name) => {
  setEnvironment('table', 'http://127.0.0.1:9');
  await expect(start()).resolves.toHaveProperty('env');
  delete process.env[name];
  await expect(start()).rejects.toThrow(name);
  process.env[name] = '';
  await expect(start()).rejects.toThrow(name);
});

test.each(['0', '-1', '1.5', 'many', '1e300', String(AMOUNT_BOUND.most + 1)])(
  'a largest amount of %s fails the start too',
  async (most) => {
    setEnvironment('table', 'http://127.0.0.1:9', { [ENV.maxAmount]: most });
    await expect(start()).rejects.toThrow(ENV.maxAmount);
  },
);

test('an unknown log level fails the start too', async () => {
  setEnvironment('table', 'http://127.0.0.1:9', { [ENV.logLevel]: 'LOUD' });
  await expect(start()).rejects.toThrow(ENV.logLevel);
});
