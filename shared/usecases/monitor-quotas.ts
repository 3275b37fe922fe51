import type { PlanStore } from '../adapters/dynamodb/plan-store.ts';
import type { TopIndex } from '../adapters/dynamodb/top-index.ts';
import { INDEX } from '../contract.ts';
import type { Feature } from '../domain/account.ts';
import { type RetryDeps, workOnAll } from './retrying.ts';
import type { JobResult } from './run-job.ts';
import type { JobContext } from './running-job.ts';
import { type AlertToTell, tellNews } from './tell-news.ts';
import { type TellUntoldDeps, tellUntold } from './tell-untold.ts';
import { type ActiveDay, type WatchUserDeps, watchUser } from './watch-user.ts';

export interface MonitorQuotasDeps extends WatchUserDeps, TellUntoldDeps, RetryDeps {
  readonly alerts: WatchUserDeps['alerts'] & TellUntoldDeps['alerts'];
  readonly planCatalogue: Pick<PlanStore, 'list'>;
  readonly topIndex: Pick<TopIndex, 'daysOf' | 'alertedOn'>;
}

/** A user to look at. */
interface Candidate {
  readonly days: readonly ActiveDay[];
  readonly hadAlerts: boolean;
}

const BATCH = 50;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** So long into a day the one before is looked at too: its last hours. */
const OVERLAP_MS = 2 * HOUR_MS;

/**
 * The job `quota-monitor`: tells what was left untold, and looks at everybody who used something today, or has an alert of
 * today or yesterday. They stand in the index *top*, shard by shard; nobody else is read. A run that was cut short goes on
 * with the shard where it stopped; what it finds twice it raises once.
 */
export async function monitorQuotas(
  deps: MonitorQuotasDeps,
  { userId }: { readonly userId?: string | undefined },
  context: JobContext,
): Promise<JobResult> {
  const monitor = new Monitor(deps, context);
  if (userId !== undefined) await monitor.watch([[userId, { days: [], hadAlerts: true }]]);
  const first = userId === undefined ? Number(context.checkpoint ?? 0) : INDEX.top.shards;
  const features = await featuresOf(deps);
  for (let shard = first; shard < INDEX.top.shards; shard += 1) {
    if (!(await monitor.watchShard(shard, features))) return monitor.result(false);
    context.progress(monitor.counts, String(shard + 1));
  }
  return monitor.result(true);
}

class Monitor {
  readonly #deps: MonitorQuotasDeps;
  readonly #context: JobContext;
  counts = { processed: 0, failed: 0, raised: 0, recovered: 0, told: 0, untold: 0 };

  constructor(deps: MonitorQuotasDeps, context: JobContext) {
    this.#deps = deps;
    this.#context = context;
  }

  result(isComplete: boolean): JobResult {
    return { counts: this.counts, isComplete };
  }

  /** `false` when there was no time for all of it. */
  async watchShard(shard: number, features: readonly Feature[]): Promise<boolean> {
    if (!this.#context.mayContinue()) return false;
    const { told, untold } = await tellUntold(this.#deps, shard);
    this.#count({ told, untold });
    const candidates = [...(await candidatesOf(this.#deps, shard, features))];
    for (let from = 0; from < candidates.length; from += BATCH) {
      if (!this.#context.mayContinue()) return false;
      await this.watch(candidates.slice(from, from + BATCH));
    }
    return true;
  }

  async watch(batch: readonly (readonly [string, Candidate])[]): Promise<void> {
    const results = await workOnAll(this.#deps, batch, ([userId, { days, hadAlerts }]) =>
      watchUser(this.#deps, userId, days, hadAlerts),
    );
    const toTell: AlertToTell[] = [];
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') toTell.push(...result.value);
      else this.#context.note(result.reason, batch[index]?.[0]);
    });
    const untold = await tellNews(this.#deps, toTell, []);
    const failed = results.filter(({ status }) => status === 'rejected').length;
    const raised = toTell.filter(({ news }) => news === 'raised').length;
    this.#count({ processed: batch.length - failed, failed, raised });
    this.#count({ recovered: toTell.length - raised, told: toTell.length - untold, untold });
  }

  #count(more: Partial<Monitor['counts']>): void {
    const entries = Object.entries(this.counts) as [keyof Monitor['counts'], number][]; // its own keys
    this.counts = Object.fromEntries(
      entries.map(([name, count]) => [name, count + (more[name] ?? 0)]),
    ) as Monitor['counts']; // the same keys again
  }
}

/** Everybody of a shard who used something today, or of late has an alert. */
async function candidatesOf(
  deps: MonitorQuotasDeps,
  shard: number,
  features: readonly Feature[],
): Promise<Map<string, Candidate>> {
  const now = deps.now();
  const candidates = new Map<string, Candidate>();
  const find = (userId: string) => candidates.get(userId) ?? { days: [], hadAlerts: false };
  for (const date of new Set([dateOf(now - OVERLAP_MS), dateOf(now)])) {
    for (const feature of features) {
      for await (const uses of deps.topIndex.daysOf(feature, date, shard)) {
        for (const { userId, used } of uses) {
          const { days, hadAlerts } = find(userId);
          candidates.set(userId, { days: [...days, { feature, date, used }], hadAlerts });
        }
      }
    }
  }
  for (const date of [dateOf(now - DAY_MS), dateOf(now)]) {
    for await (const userIds of deps.topIndex.alertedOn(date, shard)) {
      for (const userId of userIds) candidates.set(userId, { ...find(userId), hadAlerts: true });
    }
  }
  return candidates;
}

async function featuresOf({ planCatalogue }: MonitorQuotasDeps): Promise<Feature[]> {
  const plans = await planCatalogue.list();
  return [...new Set(plans.flatMap(({ allowances }) => allowances.map(({ feature }) => feature)))];
}

function dateOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
