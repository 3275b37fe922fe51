import { NOTHING_DONE } from '../../domain/job-run.ts';
import type { JobResult } from '../jobs/run-job.ts';
import type { JobContext } from '../jobs/running-job.ts';
import { resetQuota } from '../quota/reset-quota.ts';
import { retry } from '../retry/retry.ts';
import { rollOver } from './roll-over.ts';
import { type SweepDueDeps, sweepDue } from './sweep-due.ts';

export interface ResetDueRequest {
  /** Only this user. @default all users */
  readonly userId?: string | undefined;
  /** Only these features. @default all features */
  readonly features?: readonly string[] | undefined;
  /** Sets usage to 0 although the period is not over; for one user only. */
  readonly force?: boolean | undefined;
}

/**
 * Runs the job `quota-reset`: closes periods that are over, of all users or of one, or resets one user early,
 * once per request.
 */
export async function resetDue(
  deps: SweepDueDeps,
  { userId, features, force = false }: ResetDueRequest,
  context: JobContext,
): Promise<JobResult> {
  if (userId === undefined) return sweepDue(deps, { features, ...context });
  const account = await retry(deps, () => deps.accounts.read(userId, { consistent: true }));
  if (!account) return { counts: NOTHING_DONE, isComplete: true, nothingDone: 'no_account' };
  const reset = () => resetQuota(deps, { userId, features, idempotencyKey: `reset_${context.onceId}` });
  const outcome = await retry<{ code: string; denial?: { code: string } }>(deps, () =>
    force ? reset() : rollOver(deps, userId),
  );
  if (outcome.denial?.code === 'unknown_feature') throw new Error('the plan does not have this feature');
  const isDone = outcome.code === 'changed' || outcome.code === 'replayed';
  const counts = { [force ? 'reset' : 'rolledOver']: Number(isDone), alreadyDone: Number(!isDone) };
  return { counts: { processed: 1, failed: 0, ...counts }, isComplete: true };
}
