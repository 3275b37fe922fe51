import { expect, test } from 'vitest';
import { readOptions, USAGE } from '../../../../infra/admin-key/admin-key-options.ts';

test('needs a table alone; the key then expires after 30 days', () => {
  expect(readOptions(['--table', 'T'])).toEqual({
    table: 'T',
    days: 30,
    name: 'made with AWS credentials',
    revokesFirst: false,
    region: undefined,
    endpoint: undefined,
  });
});

test('takes every option', () => {
  const args = ['--table', 'T', '--days', '7', '--name', 'console', '--revoke-first'];
  const place = ['--region', 'eu-central-1', '--endpoint', 'http://127.0.0.1:8000'];
  expect(readOptions([...args, ...place])).toEqual({
    table: 'T',
    days: 7,
    name: 'console',
    revokesFirst: true,
    region: 'eu-central-1',
    endpoint: 'http://127.0.0.1:8000',
  });
});

test.each([
  [[], '--table is missing'],
  [['--days', '7'], '--table is missing'],
  [['--table', 'T', '--days', '0'], '--days must be a whole number from 1 to 365'],
  [['--table', 'T', '--days', '366'], '--days must be'],
  [['--table', 'T', '--days', '1e2'], '--days must be'],
  [['--table', 'T', '--name', ''], '--name must have 1 to 80 characters'],
  [['--table', 'T', '--endpoint', 'localhost:8000'], '--endpoint must be a URL'],
  [['--table', 'T', '--revoke'], "Unknown option '--revoke'"],
])('%j is rejected', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

test('the help lists every option', () => {
  expect(readOptions(['--help'])).toBe('help');
  for (const option of ['table', 'days', 'name', 'revoke-first', 'region', 'endpoint'])
    expect(USAGE).toContain(`--${option}`);
});
