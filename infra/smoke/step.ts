import { z } from 'zod';
import type { OperationName } from '../../shared/contract.ts';
import { type SmokeAnswer, type SmokeRequest, send } from './api-client.ts';
import type { SmokeRun } from './smoke-run.ts';

/** A request and the answer that it must have. */
export interface Step {
  readonly operation: OperationName;
  /** What the step shows, for the printed table. */
  readonly checks: string;
  /** @throws Error if an earlier step did not provide a value that it needs */
  readonly request: (run: SmokeRun) => SmokeRequest;
  /** The status, or the ones that are right in different deployments. */
  readonly status: number | readonly number[];
  /** @default the body is not read */
  readonly body?: z.ZodType;
  /** Headers that must be present. */
  readonly headers?: readonly string[];
  /**
   * Stores values for later steps, or throws an Error with what is wrong: `NotYet` if a later answer may be
   * right.
   */
  readonly after?: (run: SmokeRun, answer: SmokeAnswer) => void;
  /** Whether the rest is pointless if it fails. @default false */
  readonly isEssential?: boolean;
}

export interface StepResult {
  readonly operation: OperationName;
  readonly checks: string;
  readonly isPassed: boolean;
  /** `null`: there was no answer. */
  readonly status: number | null;
  readonly ms: number | null;
  /** The difference from the expected answer; absent if it passed. */
  readonly failure?: string;
}

/** The answer is right so far, and waits for work in the background. */
export class NotYet extends Error {}

/** Time for work in the background, such as a job, to end. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

/** Runs one step; repeats it while work in the background is unfinished. Never throws. */
export async function runStep(step: Step, run: SmokeRun): Promise<StepResult> {
  const endsAtMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const { isPending, ...result } = await tryStep(step, run);
    if (!isPending || performance.now() >= endsAtMs) return result;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function tryStep(step: Step, run: SmokeRun): Promise<StepResult & { isPending?: boolean }> {
  const { operation, checks } = step;
  let answer: SmokeAnswer | undefined;
  try {
    answer = await send(run.url, operation, step.request(run));
    const failure = faultIn(answer, step);
    if (failure === undefined) step.after?.(run, answer);
    const { status, ms } = answer;
    return { operation, checks, isPassed: failure === undefined, status, ms, ...(failure && { failure }) };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    const isPending = error instanceof NotYet;
    const { status = null, ms = null } = answer ?? {};
    return { operation, checks, isPassed: false, status, ms, failure, isPending };
  }
}

const Problem = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  message: z.string().optional(),
});

function faultIn({ status, headers, body }: SmokeAnswer, expected: Step): string | undefined {
  const statuses = [expected.status].flat();
  if (!statuses.includes(status)) return `expected status ${statuses.join(' or ')}${said(body)}`;
  const missing = (expected.headers ?? []).filter((name) => !headers.has(name));
  if (missing.length > 0) return `the header ${missing.join(', ')} is missing`;
  const issues = expected.body?.safeParse(body).error?.issues ?? [];
  return issues.length === 0
    ? undefined
    : issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
}

/** The reason in a problem, or in the gateway's own answer. */
function said(body: unknown): string {
  const { code, detail, message } = Problem.safeParse(body).data ?? {};
  const reason = [code, detail ?? message].filter((part) => part !== undefined).join(': ');
  return reason && `; the answer is "${reason.slice(0, 300)}"`;
}
