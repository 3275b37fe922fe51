import { expect, it } from 'vitest';
import { addDays, datesIn, startOf } from '../../../../shared/domain/date-range.ts';
import { type DetectAnomalyDeps, detectAnomaly } from '../../../../shared/usecases/alerts/detect-anomaly.ts';
import {
  type PublishNotificationsDeps,
  publishNotifications,
} from '../../../../shared/usecases/alerts/publish-notifications.ts';
import { image } from '../../../support/account-image.ts';

const timeZone = 'Europe/Berlin';
const date = '2033-05-09';
const quiet = datesIn({ from: addDays(date, -14), to: addDays(date, -1) }).map((day) => ({
  date: day,
  used: 400,
  hours: new Map(Array.from({ length: 20 }, (_, hour) => [hour, 20])),
}));

it('an unusual hour is published with its day and hour in the time zone of the reports', async () => {
  const busy = { date, used: 500, hours: new Map([[9, 500]]) };
  const published: object[] = [];
  const publisher = {
    publishAll: async (all: readonly object[]) => {
      published.push(...all);
      return all.map(() => true);
    },
  };
  const deps: DetectAnomalyDeps & PublishNotificationsDeps = {
    now: () => startOf(date, timeZone) + 10 * 3_600_000,
    reportTimeZone: timeZone,
    usage: { days: async () => [...quiet, busy] },
    alerts: {
      raise: async (alert) => ({ code: 'saved', record: { alert, untold: new Set(), claimedUntil: 0 } }),
      recover: async () => ({ code: 'unchanged', record: undefined }),
      claim: async () => true,
      markPublished: async () => undefined,
    },
    outbox: { keep: async () => undefined },
    events: publisher,
    notices: publisher,
  };
  const found = await detectAnomaly(deps, image({}), { feature: 'aiRequest', date, used: 500 });
  await publishNotifications(deps, found, []);
  const times = { periodStart: '2033-05-08T22:00:00.000Z', periodEnd: '2033-05-09T22:00:00.000Z' };
  expect(published).toMatchObject([
    { detail: { ...times, anomaly: { date, span: 'hour', hour: 9 } } },
    { text: expect.stringContaining('on 2033-05-09 from 9:00 to 10:00 (Europe/Berlin)') },
  ]);
});
