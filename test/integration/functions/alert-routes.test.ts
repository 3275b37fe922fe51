import { beforeAll, describe, expect, test } from 'vitest';
import { AlertStore } from '../../../shared/adapters/dynamodb/alert-store.ts';
import { type Alert, anomalyAlert, forecastAlert, usageAlert } from '../../../shared/domain/alert.ts';
import { openAccount } from '../../../shared/domain/plan.ts';
import { DEFAULT_THRESHOLDS, type UsageLevel } from '../../../shared/domain/threshold.ts';
import { call } from '../../support/api.ts';
import { counterOf, samplePlan } from '../../support/sample-account.ts';
import { useUserApi } from '../../support/user-api.ts';

const user = useUserApi();
let store: AlertStore;
beforeAll(() => {
  const { documentClient, tableName } = user.api.table;
  store = new AlertStore({ client: documentClient, name: tableName });
});

const at = (instant: string) => Date.parse(instant);
const ask = (query: Record<string, string> = {}, userId = user.userId, key = user.api.serviceKey) =>
  call('getUserAlerts', { key, path: { userId }, query });
const raise = (alert: Alert) => store.raise(alert, alert.raisedAt);

/** An account with 85 of 100 used. The instant is in the future: the table expires old alerts. */
function usedUp(instant: string) {
  const account = { ...openAccount(user.userId, samplePlan([{}]), at(instant)), version: 7 };
  return [account, { ...counterOf(account), used: 85, remaining: 15 }] as const;
}

function levelAlert(level: UsageLevel, instant: string): Alert {
  const [account, counter] = usedUp(instant);
  return usageAlert(account, 'aiRequest', counter, level, DEFAULT_THRESHOLDS, at(instant));
}

const ANOMALY = {
  date: '2033-05-20',
  span: 'day',
  value: 46,
  median: 3,
  mad: 1,
  score: 29,
  days: 17,
} as const;

describe("a user's alerts", () => {
  test('contain the details of every level, a forecast and an anomaly', async () => {
    const [account, counter] = usedUp('2033-05-20T15:00:00Z');
    for (const level of ['warning', 'critical', 'exhausted'] as const) {
      await raise(levelAlert(level, '2033-05-20T15:00:00Z'));
    }
    await raise(
      forecastAlert(account, 'aiRequest', counter, at('2033-05-24T02:15:00Z'), at('2033-05-20T16:00:00Z')),
    );
    await raise(anomalyAlert(account, 'aiRequest', ANOMALY, at('2033-05-20T17:00:00Z')));

    const { status, body } = await ask();
    const ofUser = {
      id: expect.stringMatching(/^alert_/),
      userId: user.userId,
      type: 'aiRequest',
      planId: 'free',
      version: 7,
      recoveredAt: null,
      recoveredTo: null,
    };
    const ofMonth = {
      ...ofUser,
      interval: 'month',
      periodStart: '2033-05-01T00:00:00.000Z',
      periodEnd: '2033-06-01T00:00:00.000Z',
      limit: 100,
      used: 85,
      held: 0,
      usedPercent: 85,
    };
    const raisedAt = '2033-05-20T15:00:00.000Z';
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        userId: user.userId,
        alerts: [
          {
            ...ofUser,
            interval: 'day',
            level: 'anomaly',
            periodStart: '2033-05-20T00:00:00.000Z',
            periodEnd: '2033-05-21T00:00:00.000Z',
            anomaly: ANOMALY,
            raisedAt: '2033-05-20T17:00:00.000Z',
          },
          { ...ofMonth, level: 'warning', threshold: 80, raisedAt },
          {
            ...ofMonth,
            level: 'forecast',
            exhaustsAt: '2033-05-24T02:15:00.000Z',
            raisedAt: '2033-05-20T16:00:00.000Z',
          },
          { ...ofMonth, level: 'exhausted', threshold: 100, raisedAt },
          { ...ofMonth, level: 'critical', threshold: 95, raisedAt },
        ],
        nextCursor: null,
      },
    });
    expect(new Set(body.alerts.map(({ id }: { id: string }) => id)).size).toBe(5);
  });

  test('contain their recovery', async () => {
    const alert = levelAlert('exhausted', '2033-05-20T15:00:00Z');
    await raise(alert);
    const level = 'warning' as const;
    const recovery = { used: 81, held: 0, limit: 100, version: 8, at: at('2033-05-21T09:30:00Z'), level };
    await store.recover(alert, 'exhausted', recovery, true, recovery.at);
    expect((await ask()).body.alerts).toMatchObject([
      { level: 'exhausted', used: 85, recoveredAt: '2033-05-21T09:30:00.000Z', recoveredTo: 'warning' },
    ]);
  });

  test('list each time a level was reached again within its period', async () => {
    for (const [version, day] of [
      [7, 20],
      [9, 22],
      [11, 24],
    ] as const) {
      const alert = {
        ...levelAlert('exhausted', `2033-05-${day}T15:00:00Z`),
        version,
        id: `alert_${version}`,
      };
      await raise(alert);
      const recovery = { used: 0, held: 0, limit: 100, version: version + 1, at: alert.raisedAt + 3_600_000 };
      if (version < 11) await store.recover(alert, 'exhausted', recovery, true, recovery.at);
    }
    const { alerts, nextCursor } = (await ask({ limit: '2' })).body;
    const rest = (await ask({ limit: '2', cursor: nextCursor })).body;
    const listed = [...alerts, ...rest.alerts].map(({ version, recoveredAt }) => [version, recoveredAt]);
    expect(listed.sort()).toEqual([
      [11, null],
      [7, '2033-05-20T16:00:00.000Z'],
      [9, '2033-05-22T16:00:00.000Z'],
    ]);
  });

  test('come in pages, the newest periods first, twenty by default', async () => {
    const months = Array.from({ length: 23 }, (_, index) =>
      new Date(Date.UTC(2033, index, 10)).toISOString(),
    );
    await Promise.all(months.map((instant) => raise(levelAlert('warning', instant))));
    const raisedAt = ({ alerts }: { alerts: { raisedAt: string }[] }) =>
      alerts.map((alert) => alert.raisedAt);
    const newestFirst = months.toReversed();
    expect(raisedAt((await ask({ limit: '100' })).body)).toEqual(newestFirst);

    const first = (await ask()).body;
    expect(raisedAt(first)).toEqual(newestFirst.slice(0, 20));
    const rest = (await ask({ cursor: first.nextCursor })).body;
    expect(raisedAt(rest)).toEqual(newestFirst.slice(20));
    expect(rest.nextCursor).toBeNull();

    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await ask({ limit: '8', ...(cursor && { cursor }) });
      pages.push(raisedAt(body));
      cursor = body.nextCursor;
    }
    expect(pages.map(({ length }) => length)).toEqual([8, 8, 7]);
    expect(pages.flat()).toEqual(newestFirst);
  });

  test('belong to this user alone; an unknown user has none', async () => {
    await raise(levelAlert('warning', '2033-05-20T15:00:00Z'));
    const unknown = { userId: `${user.userId}0`, alerts: [], nextCursor: null };
    expect(await ask({}, unknown.userId)).toMatchObject({ status: 200, body: unknown });
    expect((await ask()).body.alerts).toHaveLength(1);
  });
});

describe('the route', () => {
  test.each([
    [{ limit: '0' }, 'limit'],
    [{ limit: '101' }, 'limit'],
    [{ limit: '1.5' }, 'limit'],
    [{ limit: 'many' }, 'limit'],
    [{ cursor: 'ä' }, 'cursor'],
    [{ level: 'warning' }, 'level'],
  ])('refuses %j', async (query, path) => {
    const { status, body } = await ask(query as Record<string, string>); // a row has the keys it has
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body.errors).toMatchObject([{ path }]);
  });

  test('requires the scope read; a key bound to a user reads that user alone', async () => {
    const keyFor = async (more: object) =>
      (await call('createApiKey', { key: user.api.adminKey, body: { name: 'test', ...more } })).body.key;
    const answer = async (key: string) => {
      const { status, body } = await ask({}, user.userId, key);
      return `${status} ${body.code ?? ''}`.trim();
    };
    expect(await answer(await keyFor({ scopes: ['quota', 'admin'] }))).toBe('403 insufficient_scope');
    expect(await answer(await keyFor({ scopes: ['read'], userId: 'another' }))).toBe('403 wrong_user');
    expect(await answer(await keyFor({ scopes: ['read'], userId: user.userId }))).toBe('200');
  });
});
