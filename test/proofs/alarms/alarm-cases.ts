import { DAY, every, HOUR, once, published } from './histories.ts';
import type { History } from './watched-alarm.ts';

/** What an alarm has to do, in histories of its metrics. */
export interface AlarmCase {
  /** Matches the logical id of its alarms, without the hash. */
  readonly alarms: RegExp;
  /** Minutes that each history lasts. */
  readonly minutes: number;
  readonly notifies: Readonly<Record<string, History>>;
  readonly staysQuiet: Readonly<Record<string, History>>;
}

const callsAMinute = (value: number, { from = 2, to = 3 * HOUR } = {}) => every(1, { value, from, to });

/** A fault that publishes a count only when it happens. */
const counted = (alarms: RegExp, metric: string, { most = 0, minutes = 3 * HOUR } = {}): AlarmCase => ({
  alarms,
  minutes,
  notifies: {
    'the first one ever': published({ [metric]: once(20, most + 1) }),
    'one, among zeros': published({ [metric]: [...callsAMinute(0), ...once(20, most + 1)] }),
  },
  staysQuiet: {
    'zeros only': published({ [metric]: callsAMinute(0) }),
    ...(most > 0 && { 'a few': published({ [metric]: once(20, most) }) }),
  },
});

const slow = (alarms: RegExp, halfOfTheTimeMs: number): AlarmCase => ({
  alarms,
  minutes: 3 * HOUR,
  notifies: { 'every call is slow': published({ Duration: callsAMinute(halfOfTheTimeMs + 1) }) },
  staysQuiet: {
    'fast calls': published({ Duration: callsAMinute(40) }),
    'five slow minutes': published({
      Duration: [...callsAMinute(40), ...callsAMinute(halfOfTheTimeMs + 1, { from: 30, to: 35 })],
    }),
  },
});

/** A job that is due at a given interval in minutes. */
const missing = (alarms: RegExp, interval: number, periods: number): AlarmCase => ({
  alarms,
  minutes: (periods + 5) * interval + HOUR,
  notifies: {
    'no run after the deployment': published({ JobAlive: once(1) }),
    'runs end': published({ JobAlive: every(interval, { to: 2 * interval }) }),
    'every run fails': published({ JobAlive: [...once(1), ...every(interval, { value: 0 })] }),
  },
  staysQuiet: {
    'every run advances': published({ JobAlive: [...once(1), ...every(interval, { from: interval })] }),
    'before the seed has run': published({ JobAlive: every(interval, { from: interval }) }),
    'one run fails': published({
      JobAlive: [...once(1), ...every(interval, { from: interval }), ...once(3 * interval + 1, 0)],
    }),
    'the first run is a day away, or an interval': published({
      JobAlive: [...once(1), ...every(interval, { from: interval - 1 })],
    }),
  },
});

/** The age in days of a key that is used once a day. */
const agesOf = ({ from = 0, to }: { from?: number; to: number }) =>
  Array.from({ length: to - from }, (_, index) => ({ at: (from + index) * DAY + 600, value: from + index }));

const canary = (samples: ReturnType<typeof every>) => published({ CanarySucceeded: samples });
/** A run is up to a minute late. */
const late = (samples: ReturnType<typeof every>) =>
  samples.map((sample, run) => ({ ...sample, at: sample.at + ((run * 7) % 10) / 10 }));

const entriesOf = (samples: ReturnType<typeof every>) => ({ LedgerEntries: samples });

export const ALARM_CASES: readonly AlarmCase[] = [
  {
    alarms: /^HttpServerErrorAlarm/,
    minutes: 2 * HOUR,
    notifies: {
      'every request of a small service fails': published({ Count: callsAMinute(3), '5xx': callsAMinute(3) }),
      '2 % of a large service fail': published({ Count: callsAMinute(10_000), '5xx': callsAMinute(200) }),
      'an outage of five minutes': published({
        Count: callsAMinute(1_000),
        '5xx': callsAMinute(1_000, { from: 30, to: 35 }),
      }),
    },
    staysQuiet: {
      'six errors of a small service': published({ Count: callsAMinute(3), '5xx': once(30, 6) }),
      '0.5 % of a large service': published({ Count: callsAMinute(10_000), '5xx': callsAMinute(50) }),
      'no errors': published({ Count: callsAMinute(10), '5xx': callsAMinute(0) }),
    },
  },
  {
    alarms: /^CanaryFailedAlarm/,
    minutes: 3 * HOUR,
    notifies: {
      'every run fails': canary([...once(2), ...every(5, { value: 0, from: 5 })]),
      'runs fail for a quarter of an hour': canary([
        ...every(5, { to: 60 }),
        ...every(5, { value: 0, from: 62, to: 77 }),
        ...every(5, { from: 77 }),
      ]),
      'runs end': canary(every(5, { to: HOUR })),
      'no run after the deployment': canary(once(2)),
    },
    staysQuiet: {
      'every run succeeds': canary([...once(2), ...every(5, { from: 5 })]),
      'runs are up to a minute late': canary(late(every(5))),
      'one run fails': canary(
        [...every(5), ...once(62, 0)].filter(({ at, value }) => at !== 62 || value === 0),
      ),
      'one run is lost': canary(every(5).filter(({ at }) => at !== 62)),
      'the first run was too early, and the seed succeeds minutes later': canary([
        ...once(6),
        ...every(5, { from: 9 }),
      ]),
    },
  },
  counted(/^FunctionThrottlesAlarm/, 'Throttles'),
  {
    alarms: /^DataTableThrottledAlarm/,
    minutes: 2 * HOUR,
    notifies: {
      'writes are throttled for the first time': published({ WriteThrottleEvents: once(20, 11) }),
      'an index is throttled': published({ 'WriteThrottleEvents of due': once(20, 11) }),
      'a second time, hours later': published({
        ReadThrottleEvents: [...once(-9 * HOUR, 20), ...once(60, 20)],
      }),
    },
    staysQuiet: { 'ten throttles': published({ WriteThrottleEvents: once(20, 10) }) },
  },
  counted(/^(Http|Ledger)\w+ErrorsAlarm/, 'Errors'),
  slow(/^Http(Authorize|Quota|AccountReads|Admin|Public)SlowAlarm/, 3_000),
  slow(/^Http(Billing|StripeWebhook)SlowAlarm/, 10_000),
  slow(/^HttpReportsSlowAlarm/, 14_000),
  slow(/^LedgerProjectorSlowAlarm/, 30_000),
  {
    alarms: /^(Schedules\w+|FirstKeysSeed)ErrorsAlarm/,
    minutes: 5 * HOUR,
    notifies: {
      // Lambda dates the failure to the start of the run and publishes it at the end.
      'a run fails after its 15 minutes': published({ Errors: [{ at: 60, value: 1, publishedAt: 75 }] }),
    },
    staysQuiet: { 'runs succeed': published({ Errors: every(5, { value: 0, to: 5 * HOUR }) }) },
  },
  {
    alarms: /^SchedulesFailedRunsAlarm/,
    minutes: 2 * HOUR,
    notifies: {
      'a message is kept': published({ ApproximateNumberOfMessagesVisible: every(1, { from: 30, to: 90 }) }),
    },
    staysQuiet: { 'an empty queue': published({ ApproximateNumberOfMessagesVisible: callsAMinute(0) }) },
  },
  missing(/^SchedulesQuotaResetMissingAlarm/, 5, 5),
  missing(/^Schedules(SubscriptionSync|QuotaMonitor)MissingAlarm/, HOUR, 2),
  missing(/^SchedulesUsageReportMissingAlarm/, DAY, 2),
  missing(/^SchedulesLedgerAuditMissingAlarm/, DAY, 7),
  missing(/^SchedulesHistoryArchiveMissingAlarm/, HOUR, 3),
  {
    alarms: /^LedgerIteratorAgeAlarm/,
    minutes: 2 * HOUR,
    notifies: { 'a minute behind, for long': published({ IteratorAge: callsAMinute(61_000) }) },
    staysQuiet: {
      'in time': published({ IteratorAge: callsAMinute(400) }),
      'four late minutes': published({
        IteratorAge: [...callsAMinute(400), ...callsAMinute(90_000, { from: 30, to: 34 })],
      }),
    },
  },
  {
    alarms: /^LedgerProjectorStoppedAlarm/,
    minutes: 8 * HOUR,
    notifies: {
      'it never ran': published({ Accepted: every(1, { to: 8 * HOUR }) }),
      'it stops': published({ Accepted: every(1, { to: 8 * HOUR }), ...entriesOf(every(1, { to: HOUR })) }),
      'it stops in a quiet service': published({
        Accepted: every(40, { to: 8 * HOUR }),
        ...entriesOf(every(40, { to: HOUR })),
      }),
    },
    staysQuiet: {
      'each operation has its entry': published({
        Accepted: every(7, { to: 8 * HOUR }),
        ...entriesOf(every(7, { to: 8 * HOUR })),
      }),
      'entries without new operations': published(entriesOf(every(5, { to: 8 * HOUR }))),
    },
  },
  counted(/^LedgerSetAsideAlarm/, 'OnFailureDestinationDeliveredEventCount'),
  counted(/^LedgerDroppedAlarm/, 'DroppedEventCount'),
  counted(/^LedgerInvariantAlarm/, 'InvariantBroken'),
  counted(/^LedgerLedgerAuditAlarm/, 'LedgerFindings'),
  {
    alarms: /^RedisCacheHitRateAlarm/,
    minutes: 2 * HOUR,
    notifies: {
      'Redis is gone': published({ CacheMisses: callsAMinute(500) }),
      'half of the checks miss': published({
        CacheMisses: callsAMinute(500),
        CacheL1Hits: callsAMinute(250),
        CacheL2Hits: callsAMinute(250),
      }),
    },
    staysQuiet: {
      'few checks': published({ CacheMisses: callsAMinute(50) }),
      'most hit': published({ CacheMisses: callsAMinute(100), CacheL2Hits: callsAMinute(900) }),
      'three cold minutes': published({
        CacheMisses: callsAMinute(900, { from: 31, to: 34 }),
        CacheL2Hits: callsAMinute(900),
      }),
    },
  },
  counted(/^RedisLockTimeoutAlarm/, 'LockTimedOut', { most: 5 }),
  counted(/^StripeUnknownPriceAlarm/, 'StripeUnknownPrice'),
  counted(/^StripeUnknownUserAlarm/, 'StripeUnknownUser'),
  counted(/^StripeNameConflictAlarm/, 'StripeNameConflict'),
  counted(/^StripeSeveralSubscriptionsAlarm/, 'StripeSeveralSubscriptions'),
  counted(/^StripeStripeDriftAlarm/, 'StripeSyncDrifted'),
  counted(/^StripeWebhookFailedAlarm/, 'StripeEventFailed', { most: 5 }),
  {
    alarms: /^StripeWebhookRefusedAlarm/,
    minutes: 12 * HOUR,
    notifies: {
      'a rolled secret: all events are refused, and the sync finds changes': published({
        StripeEventRefused: every(10, { to: 12 * HOUR }),
        StripeSyncChanged: every(HOUR, { value: 2, to: 12 * HOUR }),
      }),
    },
    staysQuiet: {
      'strangers post to the webhook': published({
        StripeEventRefused: every(1, { value: 100, to: 12 * HOUR }),
        StripeSyncChanged: every(HOUR, { value: 0, to: 12 * HOUR }),
      }),
      'strangers post to a deployment whose sync never ran': published({
        StripeEventRefused: every(1, { value: 100, to: 12 * HOUR }),
      }),
      'a missed event, and none refused': published({ StripeSyncChanged: once(67, 3) }),
    },
  },
  {
    alarms: /^AlertsPendingNotificationsAlarm/,
    minutes: 8 * HOUR,
    notifies: {
      'the monitor cannot publish either': published({ NewsUntold: every(HOUR, { to: 8 * HOUR }) }),
    },
    staysQuiet: {
      'the first retry succeeds': published({
        NewsUntold: [...once(10), ...every(HOUR, { value: 0, from: 60 })],
      }),
    },
  },
  {
    alarms: /^FirstAdminKeyAlarm/,
    minutes: 40 * DAY,
    notifies: {
      'it is used every day': published({ FirstAdminKeyAgeDays: agesOf({ to: 40 }) }),
      'it is used once, in the sixth week': published({ FirstAdminKeyAgeDays: agesOf({ from: 37, to: 38 }) }),
    },
    staysQuiet: {
      'it is revoked on its 29th day': published({ FirstAdminKeyAgeDays: agesOf({ to: 30 }) }),
      'it is not used': published({ UnknownApiKeys: callsAMinute(100) }),
    },
  },
  {
    alarms: /^HighUsageAlarm/,
    minutes: 2 * HOUR,
    notifies: { 'active users are near their limits': published({ UsagePercentage: callsAMinute(93) }) },
    staysQuiet: {
      'half of the limits': published({ UsagePercentage: callsAMinute(50) }),
      'one user of many': published({ UsagePercentage: [...callsAMinute(40), ...once(20, 100)] }),
    },
  },
];
