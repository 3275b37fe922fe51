import type { AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import { isProbe } from '../../contract.ts';
import type { Account } from '../../domain/account.ts';
import { onNewerVersion } from '../../domain/newer-plan.ts';
import type { Plan } from '../../domain/plan.ts';
import type { JobResult } from '../jobs/run-job.ts';
import type { JobContext } from '../jobs/running-job.ts';
import { type WalkAccountsDeps, walkAccounts } from '../jobs/walk-accounts.ts';
import { identifyOperation } from '../ledger/identify-operation.ts';
import {
  type ChangeAccountDeps,
  type ChangeOutcome,
  changeAccount,
  type Step,
} from '../quota/change-account.ts';
import { currentAccount } from '../quota/current-account.ts';
import { mapConcurrently, retry } from '../retry/retry.ts';

export interface RollOutPlanDeps extends ChangeAccountDeps, WalkAccountsDeps {
  readonly accounts: ChangeAccountDeps['accounts'] & Pick<AccountStore, 'readMany'>;
  readonly plans: ChangeAccountDeps['plans'] & Pick<PlanStore, 'newest'>;
}

export interface RollOutRequest {
  readonly planId: string;
  /** Only counts, changes nothing. */
  readonly dryRun?: boolean | undefined;
}

/** For this long after an edit, a function's memory may still apply the previous version. */
const EDIT_SETTLES_MS = 3_000;

interface NotOutdated {
  readonly code: 'not_outdated';
}

/**
 * Runs the job `plan-rollout`: moves every account with an older version of a plan to the newest one, limits
 * by their difference. Idempotent; the next run continues one that ran out of time. If the plan is edited
 * meanwhile, the next run starts over with that version.
 *
 * Counts: `processed` accounts, of which `moved` and `alreadyDone` (by a request); with `dryRun` `outdated`
 * ones; and those that are `overLimit` on the new version and were not before.
 *
 * @throws Error if there is no such plan
 */
export async function rollOutPlan(
  deps: RollOutPlanDeps,
  { planId, dryRun = false }: RollOutRequest,
  context: JobContext,
): Promise<JobResult> {
  const plan = await deps.plans.newest(planId);
  if (!plan) throw new Error(`there is no plan "${planId}"`);
  await deps.sleep(Math.max(0, plan.createdAt + EDIT_SETTLES_MS - deps.now()));
  const rollout = new Rollout(deps, context, plan);
  const isComplete = await walkAccounts(deps, {
    purpose: `${dryRun ? 'dry ' : ''}plan-rollout ${planId} ${plan.version}`,
    filter: { planId, below: plan.version },
    checkpoint: context.checkpoint,
    mayContinue: context.mayContinue,
    work: (found) => {
      const userIds = found.filter((userId) => !isProbe(userId));
      return dryRun ? rollout.preview(userIds) : rollout.move(userIds);
    },
    onProgress: (checkpoint) => context.progress(rollout.counts, checkpoint),
  });
  return { counts: rollout.counts, isComplete };
}

class Rollout {
  readonly #deps: RollOutPlanDeps;
  readonly #context: JobContext;
  readonly #plan: Plan;
  counts = { processed: 0, failed: 0, moved: 0, alreadyDone: 0, outdated: 0, overLimit: 0 };

  constructor(deps: RollOutPlanDeps, context: JobContext, plan: Plan) {
    this.#deps = deps;
    this.#context = context;
    this.#plan = plan;
  }

  async preview(userIds: readonly string[]): Promise<true> {
    const read = await retry(this.#deps, () => this.#deps.accounts.readMany(userIds));
    const accounts = [...read.values()];
    const now = this.#deps.now();
    for (const account of accounts) {
      const current = await currentAccount(this.#deps, account.userId, account, now);
      const moved = onNewerVersion(current, this.#plan, now);
      const isOutdated = isOn(account, this.#plan) && isOn(current, this.#plan);
      if (isOutdated) this.#count({ outdated: 1, overLimit: overLimit(account, moved ?? current) });
    }
    this.#count({ processed: accounts.length });
    return true;
  }

  async move(userIds: readonly string[]): Promise<true> {
    const results = await mapConcurrently(this.#deps, userIds, (userId) => this.#moveOne(userId));
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') this.#count({ processed: 1, ...result.value });
      else {
        this.#count({ failed: 1 });
        this.#context.note(result.reason, userIds[index]);
      }
    });
    return true;
  }

  async #moveOne(userId: string): Promise<Partial<Rollout['counts']>> {
    const amounts = new Map<string, number>();
    const arrivedAt = this.#deps.now();
    let before: Account | undefined;
    const outcome: ChangeOutcome<NotOutdated> = await changeAccount<NotOutdated>(this.#deps, {
      userId,
      kind: 'plan',
      operation: identifyOperation('plan', { amounts }, arrivedAt, this.#plan.version),
      amounts,
      arrivedAt,
      step: (account, now, saved): Step<NotOutdated> => {
        before = saved;
        const isOutdated = saved && isOn(saved, this.#plan) && isOn(account, this.#plan);
        if (!isOutdated || saved.plan.version >= this.#plan.version)
          return { denial: { code: 'not_outdated' } };
        const next = onNewerVersion(account, this.#plan, now) ?? account;
        return { account: next, details: { reason: 'plan rollout' } };
      },
    });
    if (outcome.code !== 'changed') return { alreadyDone: 1 };
    return { moved: 1, overLimit: before ? overLimit(before, outcome.account) : 0 };
  }

  #count(more: Partial<Rollout['counts']>): void {
    const { counts } = this;
    const sum = (name: keyof typeof counts) => counts[name] + (more[name] ?? 0);
    this.counts = {
      processed: sum('processed'),
      failed: sum('failed'),
      moved: sum('moved'),
      alreadyDone: sum('alreadyDone'),
      outdated: sum('outdated'),
      overLimit: sum('overLimit'),
    };
  }
}

function isOn(account: Account, plan: Plan): boolean {
  return account.plan.id === plan.id;
}

/** 1 if an account exceeds a limit now, and did not before. */
function overLimit(before: Account, after: Account): 0 | 1 {
  return isOverLimit(after) && !isOverLimit(before) ? 1 : 0;
}

function isOverLimit(account: Account): boolean {
  return [...account.counters.values()].flat().some(({ enforced, remaining }) => enforced && remaining < 0);
}
