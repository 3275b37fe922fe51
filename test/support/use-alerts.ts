import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { EVENTS } from '../../shared/contract.ts';
import type { AccountChange } from '../../shared/domain/rollup.ts';
import { projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { units } from './sample-account.ts';
import { createTestService, type TestService } from './service.ts';

/** The common fields of alert events, and some optional ones. */
interface Detail {
  readonly userId: string;
  readonly id?: string;
  readonly level?: string;
  readonly version?: number;
}

/** An alert as `alertsOf` lists it: active, and published. */
export const activeAlert = (level: string) => ({ level, recovered: false, untold: [] });

/**
 * A service with the plans `free` (100 aiRequest), `team` (1,000, and 100 of the gauge `storage`), `none` (0
 * `storage`) and `roomy` (1,000 `storage`), and for each test a new user at noon of 10 May 2033.
 */
export function useAlerts() {
  let service: TestService;
  let userId = '';
  beforeAll(async () => {
    service = await createTestService();
    const withStorage = (limit: number) => [
      { limit: 1_000 },
      { feature: 'storage', limit, interval: 'never' as const },
    ];
    await service.createPlan('team', withStorage(100));
    await service.createPlan('none', withStorage(0));
    await service.createPlan('roomy', withStorage(1_000));
  });
  beforeEach(() => {
    userId = randomUUID();
    service.clock.freezeAt('2033-05-10T12:00:00Z');
  });
  afterAll(() => service.table.drop());

  const watched = {
    get service() {
      return service;
    },
    get userId() {
      return userId;
    },
    /** Continues with another new user. */
    renewUser: () => {
      userId = randomUUID();
    },
    use: (amount: number, feature = 'aiRequest') =>
      consume(service, { userId, amounts: units(amount, feature) }),
    changesOf: async (): Promise<AccountChange[]> =>
      (await service.stream.changes()).filter(({ after }) => after.userId === userId),
    /** Projects all changes of this user from the beginning. */
    project: async () => projectChanges(service.environment(), await watched.changesOf()),
    /** The events about this user's alerts, in order. */
    publishedEvents: () =>
      service.published.events
        .map(({ type, detail }) => ({ ...(detail as Detail), type })) // every detail names its user
        .filter((event) => event.userId === userId && event.type !== EVENTS.reset),
    publishedLevels: () => watched.publishedEvents().map(({ type, level }) => `${type} ${level}`),
    /** The subjects of the messages about this user. */
    notices: () =>
      service.published.notices
        .filter(({ subject }) => subject.includes(userId))
        .map(({ subject }) => subject),
    alerts: async () =>
      (await service.alerts.list(userId, 100)).items.map(({ alert, recovery, untold }) => ({
        level: alert.level,
        recovered: recovery !== undefined,
        untold: [...untold],
      })),
  };
  return watched;
}
