import { BILLING_STEPS, JOB_STEPS, OPERATOR_STEPS, PLAN_CHANGE_STEPS } from './admin-steps.ts';
import { KEY_STEPS, REVOKE_STEPS } from './key-steps.ts';
import { PUBLIC_STEPS } from './public-steps.ts';
import { QUOTA_STEPS, RESET_STEPS } from './quota-steps.ts';
import { PLAN_STEPS, READ_STEPS } from './read-steps.ts';
import type { SmokeOptions } from './smoke-options.ts';
import { SmokeRun } from './smoke-run.ts';
import { runStep, type Step, type StepResult } from './step.ts';

/** In the order of a run; every route of the contract has one at least. */
export const STEPS: readonly Step[] = [
  ...PUBLIC_STEPS,
  ...KEY_STEPS,
  ...QUOTA_STEPS,
  ...READ_STEPS,
  ...RESET_STEPS,
  ...PLAN_STEPS,
  ...BILLING_STEPS,
  ...OPERATOR_STEPS,
  ...PLAN_CHANGE_STEPS,
  ...JOB_STEPS,
];

export interface SmokeReport {
  readonly url: string;
  readonly isPassed: boolean;
  readonly results: readonly StepResult[];
  /** Steps that were not run, since an essential one failed. */
  readonly skipped: number;
  /** What the run left in the deployment; no route deletes it. */
  readonly leftBehind: readonly string[];
}

/**
 * Calls every route of a deployment as a user of the run's own, and revokes the keys that it created.
 *
 * @param onResult receives each result as soon as it is known
 */
export async function smoke(
  options: Pick<SmokeOptions, 'url' | 'key'>,
  onResult: (result: StepResult) => void = () => {},
): Promise<SmokeReport> {
  const run = new SmokeRun(options);
  const results: StepResult[] = [];
  const add = async (step: Step): Promise<boolean> => {
    const result = await runStep(step, run);
    results.push(result);
    onResult(result);
    return result.isPassed || !step.isEssential;
  };
  let skipped = STEPS.length;
  for (const step of STEPS) {
    skipped -= 1;
    if (!(await add(step))) break;
  }
  // Without a first key nothing was created.
  if (run.keyCount > 0) for (const step of REVOKE_STEPS) await add(step);
  return {
    url: options.url,
    isPassed: skipped === 0 && results.every(({ isPassed }) => isPassed),
    results,
    skipped,
    leftBehind: run.keyCount > 0 ? remainsOf(run) : [],
  };
}

function remainsOf({ userId, keyCount }: SmokeRun): string[] {
  return [
    `the user ${userId}: an account with its ledger, in no report, list or alert`,
    `${keyCount} API keys: revoked; they would have expired within an hour`,
    'the record of one run of ledger-audit',
  ];
}
