import { z } from 'zod';
import { PROBES } from '../../shared/contract.ts';
import type { SmokeRun } from './smoke-run.ts';
import { NotYet, type Step } from './step.ts';

const { scarce } = PROBES.features;

/** An origin that no deployment allows: the call ends before it reaches Stripe. */
const FOREIGN_PAGE = 'https://smoke.invalid/';
const foreign = (path: string) =>
  z
    .object({ errors: z.array(z.object({ path: z.string(), code: z.string() })) })
    .refine(
      ({ errors }) => errors.some((error) => error.path === path && error.code === 'foreign_origin'),
      `no error with the code foreign_origin at ${path}`,
    );

const asOperator = (run: SmokeRun) => ({ key: run.operatorKey });
const asCaller = (run: SmokeRun) => ({ key: run.key('caller') });
const bodyOf =
  (more: object = {}) =>
  (run: SmokeRun) => ({ ...asCaller(run), body: { userId: run.userId, ...more } });

export const BILLING_STEPS: readonly Step[] = [
  {
    operation: 'createCheckoutSession',
    checks: 'a page outside allowedOrigins is rejected; Stripe is not called',
    request: (run) =>
      bodyOf({ planId: run.get('plan').id, successUrl: FOREIGN_PAGE, cancelUrl: FOREIGN_PAGE })(run),
    status: 400,
    body: foreign('successUrl'),
  },
  {
    operation: 'createPortalSession',
    checks: 'a page outside allowedOrigins is rejected; Stripe is not called',
    request: bodyOf({ returnUrl: FOREIGN_PAGE }),
    status: 400,
    body: foreign('returnUrl'),
  },
];

const AUDIT = { path: { name: 'ledger-audit' } };
const Run = z.object({ runId: z.string(), state: z.string(), counts: z.record(z.string(), z.number()) });
const Started = Run.pick({ runId: true });
const Runs = z.object({ runs: z.array(Run) });

/** The audit of the run's own ledger: it shows that the projector wrote every change. */
export const JOB_STEPS: readonly Step[] = [
  {
    operation: 'runJob',
    checks: "an audit of the user's ledger starts",
    request: (run) => ({ ...bodyOf()(run), ...AUDIT }),
    status: 202,
    body: Started,
    after: (run, { body }) => run.set('jobRunId', Started.parse(body).runId),
  },
  {
    operation: 'listJobRuns',
    checks: 'the audit ends without a finding',
    request: (run) => ({ ...asOperator(run), ...AUDIT }),
    status: 200,
    body: Runs,
    after: (run, { body }) => {
      const runId = run.get('jobRunId');
      const { state, counts } = Runs.parse(body).runs.find((one) => one.runId === runId) ?? {};
      if (state === 'queued' || state === 'running') throw new NotYet(`the run ${runId} is still ${state}`);
      if (state !== 'succeeded') throw new Error(`the run ${runId} is ${state ?? 'not in the list'}`);
      if (counts?.behind !== 0)
        throw new Error(`the projector has not written the user's ledger: ${JSON.stringify(counts)}`);
      if (counts.processed !== 1 || counts.findings !== 0)
        throw new Error(`the run ${runId} has findings: ${JSON.stringify(counts)}`);
    },
  },
];

const today = () => new Date().toISOString().slice(0, 10);

/** Caches and reports, which must not have the run's user. */
export const OPERATOR_STEPS: readonly Step[] = [
  {
    operation: 'getCacheStats',
    checks: 'counts of the caches are returned',
    request: asOperator,
    status: 200,
    body: z.object({ available: z.boolean(), kinds: z.array(z.unknown()) }),
  },
  {
    operation: 'warmUpCache',
    checks: "the user's account is cached, if there is a Redis",
    request: bodyOf(),
    status: 200,
  },
  {
    operation: 'reportUsage',
    checks: "today's report is compiled, without the user of this run",
    request: (run) => ({ ...asOperator(run), query: { from: today(), to: today() } }),
    status: 200,
    body: z
      .object({
        activeUsers: z.object({ value: z.number() }),
        features: z.array(z.object({ type: z.string() })),
      })
      .refine(({ features }) => features.every(({ type }) => type !== scarce), `the report has ${scarce}`),
  },
  {
    operation: 'getTopUsers',
    checks: 'the top list of its feature is empty',
    request: (run) => ({ ...asOperator(run), query: { type: scarce } }),
    status: 200,
    body: z.object({ users: z.tuple([]) }),
  },
];

/** The last change of the user: afterwards the plan of probes is gone. */
export const PLAN_CHANGE_STEPS: readonly Step[] = [
  {
    operation: 'setUserPlan',
    checks: 'the user moves to another plan',
    request: (run) => ({
      ...asCaller(run),
      path: { userId: run.userId },
      body: { planId: run.get('plan').id },
    }),
    status: 200,
    after: (run, { body }) => {
      const { plan } = z.object({ plan: z.object({ id: z.string() }) }).parse(body);
      if (plan.id !== run.get('plan').id) throw new Error(`the user has the plan "${plan.id}"`);
    },
  },
];
