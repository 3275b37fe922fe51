import pLimit from 'p-limit';
import { AccountStore } from '../../../shared/adapters/dynamodb/account-store.ts';
import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { type ConsumeDeps, consume } from '../../../shared/usecases/quota/consume.ts';
import { LOST_ANSWERS } from '../../support/fault-proxy/fault.ts';
import { proxyTable } from '../../support/fault-proxy/proxied-table.ts';
import { isWrite, seededFaults } from '../../support/fault-proxy/seeded-faults.ts';
import { untilAnswered } from '../../support/patient-caller.ts';
import { counterOf, samplePlan, units } from '../../support/sample-account.ts';
import { wire } from '../../support/wiring.ts';
import { NaiveCounter } from './naive-counter.ts';

export interface LostAcknowledgements {
  readonly table: Table;
  /** The table's endpoint. */
  readonly endpoint: string;
  readonly consumes: number;
  /** Probability that a write is applied and its answer lost, 0 … 1. */
  readonly lost: number;
  readonly seed: number;
  /** Makes the names of users differ between runs on one table. */
  readonly run: string;
  readonly onProgress?: (done: number) => void;
}

export interface Tally {
  /** Units acknowledged to callers, and units counted. */
  readonly acknowledged: number;
  readonly charged: number;
  /** Units counted more than once, and units admitted beyond a limit. */
  readonly doubleCharged: number;
  readonly overAdmitted: number;
  /** (charged − expected) ÷ expected. */
  readonly errorShare: number;
}

const CONSUMES_PER_USER = 100;
/** Every other user has a limit below its demand. */
const TIGHT_LIMIT = 80;
const AMPLE_LIMIT = 1_000_000;
const AT_ONCE = 32;

interface Subject {
  consume(): Promise<boolean>;
  charged(): Promise<number>;
}

/** The real service: every call is retried like a good client does, until it has an answer. */
export function chargeOnce(options: LostAcknowledgements): Promise<Tally> {
  return tally(options, (userId, limit, lossy) => {
    const deps = serviceOver(lossy, limit);
    const calm = new AccountStore(options.table);
    return {
      async consume() {
        const outcome = await untilAnswered((idempotencyKey) =>
          consume(deps, { userId, amounts: units(1), idempotencyKey }),
        );
        return outcome.code !== 'denied';
      },
      async charged() {
        const account = await untilAnswered(() => calm.read(userId, { consistent: true }));
        return account ? counterOf(account).lifetime : 0;
      },
    };
  });
}

/** The naive one, under the same faults. */
export function chargeNaively(options: LostAcknowledgements): Promise<Tally> {
  return tally(options, (userId, limit, lossy) => {
    const counter = new NaiveCounter(lossy, userId, limit);
    const calm = new NaiveCounter(options.table, userId, limit);
    return { consume: () => counter.consume(1), charged: () => calm.used() };
  });
}

async function tally(
  { table, endpoint, consumes, lost, seed, run, onProgress }: LostAcknowledgements,
  subjectOf: (userId: string, limit: number, lossy: Table) => Subject,
): Promise<Tally> {
  const lossy = await proxyTable(
    { endpoint, tableName: table.name },
    {
      plan: seededFaults({ seed, probability: lost, faults: LOST_ANSWERS, only: isWrite }),
    },
  );
  const atOnce = pLimit(AT_ONCE);
  let done = 0;
  const users = Array.from({ length: Math.ceil(consumes / CONSUMES_PER_USER) }, async (_, index) => {
    const limit = index % 2 === 0 ? AMPLE_LIMIT : TIGHT_LIMIT;
    const subject = subjectOf(`${run}-${index}`, limit, lossy);
    const calls = Array.from({ length: CONSUMES_PER_USER }, () =>
      atOnce(async () => {
        const admitted = await subject.consume();
        done += 1;
        onProgress?.(done);
        return admitted;
      }),
    );
    const acknowledged = (await Promise.all(calls)).filter(Boolean).length;
    return { acknowledged, limit, charged: await subject.charged() };
  });
  const results = await Promise.all(users);
  await lossy.stop();
  const sum = (figure: (result: (typeof results)[number]) => number) =>
    results.reduce((total, result) => total + figure(result), 0);
  const due = sum(({ limit }) => Math.min(limit, CONSUMES_PER_USER));
  const charged = sum((result) => result.charged);
  return {
    acknowledged: sum((result) => result.acknowledged),
    charged,
    doubleCharged: sum((result) => Math.max(0, result.charged - result.acknowledged)),
    overAdmitted: sum((result) => Math.max(0, result.charged - result.limit)),
    errorShare: (charged - due) / due,
  };
}

function serviceOver(table: Table, limit: number): ConsumeDeps {
  const plan = samplePlan([{ limit, interval: 'never' }]);
  const plans = { current: async () => plan, recent: async () => ({ plan, asOf: Date.now() }) };
  return { ...wire(table, { now: Date.now }), plans, defaultPlanId: plan.id, denials: new Map() };
}
