import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import type { Account } from '../../../shared/domain/account.ts';
import { Fault, OutcomeUnknown } from '../../../shared/domain/faults.ts';
import { operationKey } from '../../../shared/domain/operation.ts';
import { setUserPlan } from '../../../shared/usecases/plans/set-user-plan.ts';
import type { ChangeOutcome } from '../../../shared/usecases/quota/change-account.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import type { DenialCache } from '../../../shared/usecases/quota/denial-cache.ts';
import { grantQuota } from '../../../shared/usecases/quota/grant-quota.ts';
import { readAccount } from '../../../shared/usecases/quota/read-account.ts';
import { release } from '../../../shared/usecases/quota/release.ts';
import { reserve } from '../../../shared/usecases/quota/reserve.ts';
import { resetQuota } from '../../../shared/usecases/quota/reset-quota.ts';
import { settleReservation } from '../../../shared/usecases/quota/settle-reservation.ts';
import { samplePlan } from '../../support/sample-account.ts';
import { wire } from '../../support/wiring.ts';
import {
  FEATURES,
  type Feature,
  type Figures,
  GAUGE,
  PLANS,
  type PlanId,
  type QuotaOperation,
} from './quota-machine.ts';
import type { Observation } from './recorded-history.ts';

/** Sends operations on one account, one after the other, and returns the observation of each. */
export type Client = (operation: QuotaOperation) => Promise<Observation>;

/** The allowances of a plan in the histories. */
export function allowancesOf(planId: PlanId) {
  return FEATURES.map((feature) => ({
    feature,
    limit: PLANS[planId][feature],
    interval: feature === GAUGE ? ('never' as const) : ('month' as const),
  }));
}

const PLAN_OF = new Map(
  (['free', 'team'] as const).map((planId) => [planId, samplePlan(allowancesOf(planId), planId)] as const),
);
const plans = {
  current: async (id: string) => PLAN_OF.get(id as PlanId), // an id of another plan finds nothing
  newest: async (id: string) => PLAN_OF.get(id as PlanId), // as above
  recent: async (id: string) => ({ plan: PLAN_OF.get(id as PlanId), asOf: Date.now() }), // as above
};

/** Without cached denials: every denial is as fresh as any answer. */
const NO_DENIAL_CACHE: DenialCache = { get: () => undefined, set: () => {}, delete: () => {} };

export interface EnvironmentOptions {
  /** Whether denials are cached for a second, as in production. */
  readonly cachesDenials: boolean;
}

export type Environment = ReturnType<typeof createEnvironment>;

/** The use cases in one Lambda environment, on a table that may be behind a proxy. */
export function createEnvironment(table: Table, { cachesDenials }: EnvironmentOptions) {
  return {
    ...wire(table, { now: Date.now }),
    plans,
    ...(!cachesDenials && { denials: NO_DENIAL_CACHE }),
    quotaCache: {
      read: () => Promise.reject(new Error('a consistent read uses no cache')),
      put: async () => false,
    },
    cachesDenials,
  };
}

/** A client of one account in one environment. @param keyOf the Idempotency-Key for a name */
export function useCaseClient(env: Environment, userId: string, keyOf: (name: string) => string): Client {
  return async (operation) => {
    try {
      if (operation.verb === 'read') {
        const { account } = await readAccount(env, userId, { consistent: true });
        return { code: 'read', ...imageOf(account) };
      }
      return observe(await run(env, userId, operation, keyOf), env.cachesDenials && isKeyless(operation));
    } catch (error) {
      if (error instanceof OutcomeUnknown) return { code: 'unknown' };
      if (error instanceof Fault) return { code: 'refused' };
      throw error;
    }
  };
}

function run(
  env: Environment,
  userId: string,
  operation: Exclude<QuotaOperation, { verb: 'read' }>,
  keyOf: (name: string) => string,
): Promise<ChangeOutcome<unknown>> {
  const idempotencyKey = 'key' in operation && operation.key ? keyOf(operation.key) : undefined;
  switch (operation.verb) {
    case 'consume':
      return consume(env, { userId, amounts: new Map(Object.entries(operation.amounts)), idempotencyKey });
    case 'release':
      return release(env, { userId, amounts: new Map([[GAUGE, operation.amount]]), idempotencyKey });
    case 'reserve': {
      const amounts = new Map([[operation.feature, operation.amount]]);
      return reserve(env, { userId, amounts, idempotencyKey, ttlSeconds: 3_600 }).then(
        ({ outcome }) => outcome,
      );
    }
    case 'confirm':
    case 'cancel': {
      const reservationId = operationKey(keyOf(operation.reservation));
      const amount = operation.verb === 'confirm' ? operation.amount : null;
      return settleReservation(env, { userId, reservationId, amount }).then(({ outcome }) => outcome);
    }
    case 'grant':
      return grantQuota(env, {
        userId,
        feature: operation.feature,
        amount: operation.amount,
        reason: 'test',
      });
    case 'reset':
      return resetQuota(env, { userId });
    case 'plan':
      return setUserPlan(env, { userId, planId: operation.planId }).then((outcome) => {
        if (outcome.code === 'unknown_plan') throw new Error('the plan is there');
        return outcome;
      });
  }
}

/** Whether a denial of this operation may come from the cache. */
export function isKeyless(operation: QuotaOperation): boolean {
  return operation.verb === 'consume' && operation.key === undefined;
}

function observe(outcome: ChangeOutcome<unknown>, isCached: boolean): Observation {
  if (outcome.code === 'key_expired') throw new Error('the whole ledger is kept');
  if (outcome.code === 'key_reused') return { code: 'key_reused' };
  const image = imageOf(outcome.account);
  if (outcome.code === 'denied') return { code: 'denied', ...image, isCached };
  const isOwnImage = outcome.account.change?.operationId === outcome.operationId;
  return { code: outcome.code, ...image, isOwnImage };
}

function imageOf({ version, counters }: Account): Pick<Observation, 'version' | 'figures'> {
  const figures: Partial<Record<Feature, Figures>> = {};
  for (const feature of FEATURES) {
    const counter = counters.get(feature)?.[0];
    if (counter) figures[feature] = { limit: counter.limit ?? 0, used: counter.used, held: counter.held };
  }
  return { version, figures };
}
