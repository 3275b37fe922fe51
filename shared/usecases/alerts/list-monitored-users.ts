import type { AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { TopIndex } from '../../adapters/dynamodb/top-index.ts';
import type { UsageStore } from '../../adapters/dynamodb/usage-store.ts';
import type { Feature } from '../../domain/account.ts';
import { dateOf } from '../../domain/date-range.ts';
import type { ActiveDay } from './detect-anomaly.ts';

export interface ListMonitoredUsersDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly usage: Pick<UsageStore, 'days'>;
  readonly topIndex: Pick<TopIndex, 'daysOf' | 'alertedOn'>;
  readonly now: () => number;
  /** The time zone in which days of usage and reports begin (IANA). @default 'UTC' */
  readonly reportTimeZone?: string;
}

/** A user to monitor. */
export interface MonitoredUser {
  readonly days: readonly ActiveDay[];
  readonly hadAlerts: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Until this time of a day, the previous day is included, for its last hours. */
const OVERLAP_MS = 2 * HOUR_MS;

/** Lists the users of a shard with usage today, or with a recent alert. */
export async function listMonitoredUsers(
  deps: ListMonitoredUsersDeps,
  shard: number,
  features: readonly Feature[],
): Promise<Map<string, MonitoredUser>> {
  const now = deps.now();
  const candidates = new Map<string, MonitoredUser>();
  const find = (userId: string) => candidates.get(userId) ?? { days: [], hadAlerts: false };
  for (const date of activeDates(now, deps.reportTimeZone)) {
    for (const feature of features) {
      for await (const uses of deps.topIndex.daysOf(feature, date, shard)) {
        for (const { userId, used } of uses) {
          const { days, hadAlerts } = find(userId);
          candidates.set(userId, { days: [...days, { feature, date, used }], hadAlerts });
        }
      }
    }
  }
  for (const date of [now - DAY_MS, now].map((at) => dateOf(at, deps.reportTimeZone))) {
    for await (const userIds of deps.topIndex.alertedOn(date, shard)) {
      for (const userId of userIds) candidates.set(userId, { ...find(userId), hadAlerts: true });
    }
  }
  return candidates;
}

/** Reads the days of one user that `listMonitoredUsers` would find, for every feature of the account. */
export async function daysOfUser(
  { accounts, usage, now, reportTimeZone }: Omit<ListMonitoredUsersDeps, 'topIndex'>,
  userId: string,
): Promise<ActiveDay[]> {
  const account = await accounts.read(userId, { consistent: false });
  const [from, to] = [dateOf(now() - OVERLAP_MS, reportTimeZone), dateOf(now(), reportTimeZone)];
  const found: ActiveDay[] = [];
  for (const feature of account?.counters.keys() ?? []) {
    const days = await usage.days(userId, feature, from, to);
    found.push(...days.map(({ date, used }) => ({ feature, date, used })));
  }
  return found;
}

function activeDates(now: number, timeZone?: string): Set<string> {
  return new Set([dateOf(now - OVERLAP_MS, timeZone), dateOf(now, timeZone)]);
}
