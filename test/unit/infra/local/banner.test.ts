import { expect, test } from 'vitest';
import { banner } from '../../../../infra/local/banner.ts';

const stack = {
  url: 'http://127.0.0.1:3000',
  adminKey: 'the-admin-key',
  serviceKey: 'the-service-key',
  dynamodbEndpoint: 'http://127.0.0.1:3001',
  tableName: 'Table',
  controlUrl: 'http://127.0.0.1:3002/_local',
  logFile: '/tmp/local-stack.log',
  functionEntries: ['quota/consume'],
  scheduleNames: ['nightly'],
};
const linesWith = (text: string, of: string) => of.split('\n').filter((line) => line.includes(text));

test('with the simulator it prints its URL and a checkout', () => {
  const printed = banner({ ...stack, stripeUrl: 'http://127.0.0.1:3003' }, { readyInMs: 6_549 });
  expect(printed).toContain('(ready in 6.5 s)');
  expect(printed).toContain('simulated at http://127.0.0.1:3003');
  expect(linesWith('  curl ', printed)).toHaveLength(4);
});

test('with a real account it prints how to forward events, and no checkout that needs prices first', () => {
  const printed = banner(stack, { readyInMs: 6_549 });
  expect(printed).toContain('stripe listen --forward-to http://127.0.0.1:3000/v1/stripe/webhook');
  expect(printed).not.toContain('simulated');
  expect(linesWith('  curl ', printed)).toHaveLength(3);
  expect(linesWith('/v1/plans/pro', printed)).toHaveLength(1);
});

test('it prints which data is persisted', () => {
  expect(linesWith('table', banner(stack, { readyInMs: 0, dataFolder: 'here' }))[0]).toContain(
    'stored in here',
  );
  expect(linesWith('table', banner(stack, { readyInMs: 0 }))[0]).toContain('in memory');
  expect(linesWith('redis', banner(stack, { readyInMs: 0 }))[0]).toContain('no caches');
});

test('a checkout redirects to the port of the stack', () => {
  const moved = { ...stack, url: 'http://127.0.0.1:3100', stripeUrl: 'http://127.0.0.1:3003' };
  const [checkout] = linesWith('checkout-sessions', banner(moved, { readyInMs: 0 }));
  expect(checkout).toContain('"successUrl":"http://localhost:3100/health"');
});
