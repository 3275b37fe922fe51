import { describe, expect, test } from 'vitest';
import type { OperationName } from '../../../shared/contract.ts';
import { type ApiRequest, call } from '../../support/api.ts';
import { useUserApi } from '../../support/user-api.ts';

/** Well-formed, and at the limits of ISO 8601, JavaScript and the service. */
const DATES = [
  '0000-01-01',
  '0000-02-29',
  '0001-01-01',
  '0099-12-31',
  '1582-10-15',
  '1899-12-31',
  '1969-12-31',
  '1970-01-01',
  '2000-02-29',
  '2038-01-19',
  '2999-12-31',
  '3000-01-01',
  '9998-12-31',
  '9999-12-01',
  '9999-12-31',
];
const INSTANTS = [
  ...DATES.map((date) => `${date}T00:00:00Z`),
  '0000-01-01T00:00:00+23:59',
  '1970-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59-23:59',
];

const user = useUserApi();
const ask = (operation: OperationName, request: ApiRequest) =>
  call(operation, { key: user.api.adminKey, ...request });
const FIRST_DAY = '1970-01-01';

/** Accepted, or refused with the name of the parameter; never a fault of the service, nor an invalid date. */
function expectSound({ status, body }: Awaited<ReturnType<typeof ask>>, path: string): void {
  const text = JSON.stringify(body);
  expect(text).not.toMatch(/NaN|Invalid Date|[+-]0\d{5}-/);
  if (status === 400) expect(body.errors.map((fault: { path: string }) => fault.path)).toContain(path);
  else expect([200, 201, 202], text).toContain(status);
}

describe.each(DATES)('the date %s', (date) => {
  const usage = (query: Record<string, string>) =>
    ask('getUserUsage', { key: user.api.serviceKey, path: { userId: user.userId }, query });

  test.each(['to', 'from'])('is handled as `%s` of a report or of usage', async (name) => {
    expectSound(await usage({ [name]: date }), name === 'from' ? 'from' : 'to');
    expectSound(await usage({ from: date, to: date }), 'to');
    expectSound(await ask('reportUsage', { query: { [name]: date } }), name === 'from' ? 'from' : 'to');
    expectSound(await ask('reportUsage', { query: { from: date, to: date } }), 'to');
  });

  test('is handled as a period, and as the day of a job', async () => {
    expectSound(await ask('getTopUsers', { query: { type: 'aiRequest', period: date } }), 'period');
    const month = date.slice(0, 7);
    expectSound(await ask('getTopUsers', { query: { type: 'aiRequest', period: month } }), 'period');
    expectSound(await ask('runJob', { path: { name: 'usage-report' }, body: { date } }), 'date');
  });

  test('is refused by name when no report can cover it', async () => {
    if (date >= FIRST_DAY && date < '3000') return;
    const { status, body } = await usage({ to: date });
    expect({ status, errors: body.errors }).toMatchObject({ status: 400, errors: [{ path: 'to' }] });
  });
});

describe.each(INSTANTS)('the instant %s', (instant) => {
  test('is handled as an anchor, and the account still works', async () => {
    const body = { planId: 'free', anchor: instant };
    expectSound(await ask('setUserPlan', { path: { userId: user.userId }, body }), 'anchor');
    const used = await user.send('consumeQuota', { type: 'aiRequest' });
    expect(used).toMatchObject({ status: 200 });
    expect(JSON.stringify(used.body)).not.toMatch(/NaN|Invalid Date|[+-]0\d{5}-/);
  });

  test('is handled as the end of a key', async () => {
    const body = { name: 'test', scopes: ['read'], expiresAt: instant };
    expectSound(await ask('createApiKey', { body }), 'expiresAt');
  });
});
