import type { DueIndex, DuePage } from '../../adapters/dynamodb/due-index.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import { INDEX, isProbe } from '../../contract.ts';
import { FAR_FUTURE, type Feature } from '../../domain/account.ts';
import type { JobResult } from '../jobs/run-job.ts';
import type { JobContext } from '../jobs/running-job.ts';
import { mapConcurrently, type RetryDeps, retry } from '../retry/retry.ts';
import { type DrainOutboxDeps, drainOutbox } from './drain-outbox.ts';
import {
  daysOfUser,
  type ListMonitoredUsersDeps,
  listMonitoredUsers,
  type MonitoredUser,
} from './list-monitored-users.ts';
import { type MonitorUserDeps, monitorUser } from './monitor-user.ts';
import { type PendingNotification, publishNotifications } from './publish-notifications.ts';

export interface MonitorQuotasDeps
  extends MonitorUserDeps,
    DrainOutboxDeps,
    ListMonitoredUsersDeps,
    RetryDeps {
  readonly alerts: MonitorUserDeps['alerts'] & DrainOutboxDeps['alerts'];
  readonly planCatalogue: Pick<PlanStore, 'list'>;
  readonly dueIndex: Pick<DueIndex, 'due'>;
}

const BATCH = 50;
const HOUR_MS = 3_600_000;
/**
 * Hours in which every user with usage in an open period is monitored once, active or not: two shards an
 * hour.
 */
const TURN_HOURS = 8;

/**
 * Runs the job `quota-monitor`: publishes pending notifications, and monitors users with usage today, or with
 * an alert of today or yesterday. These are in the index *top*, shard by shard. The index *due* has all users
 * with usage in an open period; two of its shards are monitored per hour. No other accounts are read. A run
 * visits all shards once, from where the previous one was cut short; a repeated finding is raised once.
 */
export async function monitorQuotas(
  deps: MonitorQuotasDeps,
  { userId }: { readonly userId?: string | undefined },
  context: JobContext,
): Promise<MonitorResult> {
  const monitor = new Monitor(deps, context);
  if (userId !== undefined) {
    const account = await retry(deps, () => deps.accounts.read(userId, { consistent: true }));
    if (!account) return { ...monitor.result(true), nothingDone: 'no_account' };
    const days = await retry(deps, () => daysOfUser(deps, userId));
    await monitor.monitor([[userId, { days, hadAlerts: true }]]);
    return monitor.result(true);
  }
  const features = await featuresOf(deps);
  const { shards } = INDEX.top;
  const first = Number(context.checkpoint ?? 0);
  for (let step = 0; step < shards; step += 1) {
    const shard = (first + step) % shards;
    if (!(await monitor.monitorShard(shard, features))) return monitor.result(false);
    context.progress(monitor.counts, String((shard + 1) % shards));
  }
  return monitor.result(true);
}

/** The result of a run. `untold`: notifications that EventBridge or SNS rejected again. */
export interface MonitorResult extends JobResult {
  readonly counts: Monitor['counts'];
}

class Monitor {
  readonly #deps: MonitorQuotasDeps;
  readonly #context: JobContext;
  counts = { processed: 0, failed: 0, raised: 0, recovered: 0, told: 0, untold: 0 };

  constructor(deps: MonitorQuotasDeps, context: JobContext) {
    this.#deps = deps;
    this.#context = context;
  }

  result(isComplete: boolean): MonitorResult {
    return { counts: this.counts, isComplete };
  }

  /** `false`: there was not enough time for the whole shard. */
  async monitorShard(shard: number, features: readonly Feature[]): Promise<boolean> {
    if (!this.#context.mayContinue()) return false;
    const { told, untold } = await drainOutbox(this.#deps, shard, this.#context.mayContinue);
    this.#count({ told, untold });
    const candidates = [...(await listMonitoredUsers(this.#deps, shard, features))];
    for (let from = 0; from < candidates.length; from += BATCH) {
      if (!this.#context.mayContinue()) return false;
      await this.monitor(candidates.slice(from, from + BATCH));
    }
    const hour = Math.floor(this.#deps.now() / HOUR_MS);
    return hour % TURN_HOURS === shard % TURN_HOURS ? this.#monitorDue(shard) : true;
  }

  /**
   * Monitors the users in a shard of the index *due*, which includes those that the projector has not
   * processed.
   */
  async #monitorDue(shard: number): Promise<boolean> {
    let page: DuePage | undefined;
    do {
      if (!this.#context.mayContinue()) return false;
      page = await this.#deps.dueIndex.due(shard, FAR_FUTURE, BATCH, page?.next);
      await this.monitor(page.userIds.map((userId) => [userId, { days: [], hadAlerts: false }]));
    } while (page.next);
    return true;
  }

  async monitor(users: readonly (readonly [string, MonitoredUser])[]): Promise<void> {
    const batch = users.filter(([userId]) => !isProbe(userId));
    const results = await mapConcurrently(this.#deps, batch, ([userId, { days, hadAlerts }]) =>
      monitorUser(this.#deps, userId, days, hadAlerts),
    );
    const pending: PendingNotification[] = [];
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') pending.push(...result.value);
      else this.#context.note(result.reason, batch[index]?.[0]);
    });
    const untold = await publishNotifications(this.#deps, pending, []);
    const failed = results.filter(({ status }) => status === 'rejected').length;
    const raised = pending.filter(({ news }) => news === 'raised').length;
    this.#count({ processed: batch.length - failed, failed, raised });
    this.#count({ recovered: pending.length - raised, told: pending.length - untold, untold });
  }

  #count(more: Partial<Monitor['counts']>): void {
    const entries = Object.entries(this.counts) as [keyof Monitor['counts'], number][]; // its own keys
    this.counts = Object.fromEntries(
      entries.map(([name, count]) => [name, count + (more[name] ?? 0)]),
    ) as Monitor['counts']; // the same keys again
  }
}

async function featuresOf({ planCatalogue }: MonitorQuotasDeps): Promise<Feature[]> {
  const plans = await planCatalogue.list();
  return [...new Set(plans.flatMap(({ allowances }) => allowances.map(({ feature }) => feature)))];
}
