import { z } from 'zod';
import { PROBES } from '../../shared/contract.ts';
import { expectUsed } from './quota-steps.ts';
import type { SmokeRun } from './smoke-run.ts';
import type { Step } from './step.ts';

const { scarce } = PROBES.features;

/** Reads about the run's user, with a key that may only read. */
const ofUser = (query?: Readonly<Record<string, string>>) => (run: SmokeRun) => ({
  key: run.key('reader'),
  path: { userId: run.userId },
  ...(query && { query }),
});
const ofPlan = (run: SmokeRun, more: object = {}) => ({
  key: run.key('reader'),
  path: { planId: run.get('plan').id, ...more },
});

const Plan = z.object({
  id: z.string(),
  version: z.number(),
  name: z.string(),
  allowances: z.array(z.looseObject({})).min(1),
});
const Plans = z.object({ plans: z.tuple([Plan], Plan) });
/** The same version again: nothing was saved. */
const expectUnchanged = (run: SmokeRun, { body }: { readonly body: unknown }) => {
  const { id, version } = run.get('plan');
  const found = Plan.parse(body).version;
  if (found !== version) throw new Error(`version ${found} of the plan "${id}" follows ${version}`);
};

/** The reads of a user. */
export const READ_STEPS: readonly Step[] = [
  {
    operation: 'getUserQuota',
    checks: 'the counters have what was charged',
    request: ofUser({ consistent: 'true' }),
    status: 200,
    body: z.object({ plan: z.object({ id: z.literal(PROBES.planId) }) }),
    after: (_, { body }) => expectUsed(body, scarce, 7),
  },
  {
    operation: 'getUserUsage',
    checks: 'usage by day is returned',
    request: ofUser({ type: scarce }),
    status: 200,
    body: z.object({
      features: z.tuple([z.object({ type: z.literal(scarce), days: z.array(z.unknown()) })]),
    }),
  },
  {
    operation: 'getUserAlerts',
    checks: 'no alert is raised about the user of this run',
    request: ofUser(),
    status: 200,
    body: z.object({ alerts: z.tuple([]) }),
  },
  {
    operation: 'getUserSubscription',
    checks: 'the user has no subscription',
    request: ofUser(),
    status: 200,
    body: z.object({ subscription: z.null() }),
  },
  {
    operation: 'getSubscriptionHistory',
    checks: 'the user had no subscription before',
    request: ofUser(),
    status: 200,
    body: z.object({ subscriptions: z.tuple([]) }),
  },
  {
    operation: 'getUserPayments',
    checks: 'the user has no payments',
    request: ofUser(),
    status: 200,
    body: z.object({ payments: z.tuple([]) }),
  },
];

/** The plans: read, and saved again as they are, which makes no version. */
export const PLAN_STEPS: readonly Step[] = [
  {
    operation: 'listPlans',
    checks: 'there are plans, and that of this run is not among them',
    request: (run) => ({ key: run.key('reader') }),
    status: 200,
    body: Plans,
    after: (run, { body }) => {
      const { plans } = Plans.parse(body);
      if (plans.some(({ id }) => id === PROBES.planId)) throw new Error(`the list has ${PROBES.planId}`);
      run.set('plan', plans[0]);
    },
  },
  {
    operation: 'getPlan',
    checks: 'a plan is returned',
    request: (run) => ({ ...ofPlan(run), query: { consistent: 'true' } }),
    status: 200,
    body: Plan,
    after: (run, { body }) => run.set('plan', Plan.parse(body)),
  },
  {
    operation: 'listPlanVersions',
    checks: 'its newest version is the first of the list',
    request: (run) => ofPlan(run),
    status: 200,
    body: z.object({ versions: z.tuple([Plan], Plan) }),
    after: (run, { body }) =>
      expectUnchanged(run, {
        body: z.object({ versions: z.tuple([z.unknown()], z.unknown()) }).parse(body).versions[0],
      }),
  },
  {
    operation: 'getPlanVersion',
    checks: 'the version is returned',
    request: (run) => ofPlan(run, { version: String(run.get('plan').version) }),
    status: 200,
    body: Plan,
    after: expectUnchanged,
  },
  {
    operation: 'putPlan',
    checks: 'saving a plan as it is makes no version',
    request: (run) => {
      const { id, version, name, allowances } = run.get('plan');
      return {
        key: run.operatorKey,
        path: { planId: id },
        headers: { 'if-match': `"${version}"` },
        body: { name, allowances },
      };
    },
    status: 200,
    after: expectUnchanged,
  },
  {
    operation: 'restorePlanVersion',
    checks: 'restoring the newest version makes no version',
    request: (run) => {
      const { id, version } = run.get('plan');
      return {
        key: run.operatorKey,
        path: { planId: id, version: String(version) },
        headers: { 'if-match': `"${version}"` },
      };
    },
    status: 200,
    after: expectUnchanged,
  },
];
