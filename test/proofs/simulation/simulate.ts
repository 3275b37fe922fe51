import { fromAccountItem } from '../../../shared/adapters/dynamodb/account-codec.ts';
import type { AccountItem } from '../../../shared/adapters/dynamodb/account-item.ts';
import { INDEX, TABLE } from '../../../shared/contract.ts';
import type { Account, Change } from '../../../shared/domain/account.ts';
import { DEDUPE_WINDOW } from '../../../shared/domain/dedupe-window.ts';
import type { Plan } from '../../../shared/domain/plan.ts';
import { AlertOracle } from './alerts/alert-oracle.ts';
import { call } from './caller.ts';
import { Chance } from './chance.ts';
import { describe } from './describe.ts';
import type { AttributeMap } from './dynamodb/attribute.ts';
import { MemoryTable, type Written } from './dynamodb/memory-table.ts';
import { CALM, type FaultProfile } from './fault-profile.ts';
import { Fleet } from './fleet.ts';
import type { Network } from './network.ts';
import { Node, type NodeDeps } from './node.ts';
import { Oracle, type Violation } from './oracle.ts';
import { PlanOracle } from './plan-oracle.ts';
import { quiesce } from './quiesce.ts';
import { QuotaCacheModel } from './quota-cache.ts';
import type { Script } from './script.ts';
import { seedPlan } from './seed-plan.ts';
import { StreamShard } from './stream.ts';
import { Deliveries } from './stripe/deliveries.ts';
import { MoneyOracle } from './stripe/money-oracle.ts';
import { StripeOracle } from './stripe/stripe-oracle.ts';
import { syncAsScheduled } from './stripe/sync.ts';
import { VirtualStripe } from './stripe/virtual-stripe.ts';
import { sweep } from './sweep.ts';
import { HistoryOver, type Trace, World } from './world.ts';

/** A bug planted on purpose, without changing the code under test. */
export interface Sabotage {
  readonly rewrite?: (command: object) => object;
  readonly alter?: (deps: NodeDeps) => NodeDeps;
  readonly keyAgain?: (key: string | undefined) => string | undefined;
  readonly faultProfile?: Partial<FaultProfile>;
  /** Other constants of the dedupe window. */
  readonly window?: Partial<Record<keyof typeof DEDUPE_WINDOW, number>>;
}

export interface SimulateOptions {
  readonly trace?: Trace | undefined;
  readonly sabotage?: Sabotage | undefined;
  /** Counts occurrences. */
  readonly count?: (kind: 'fate' | 'reply', name: string) => void;
}

/** The shared parts of a history. */
export interface Stage {
  readonly script: Script;
  readonly world: World;
  readonly oracle: Oracle;
  readonly table: MemoryTable;
  readonly shards: readonly StreamShard[];
  readonly fleet: Fleet;
  readonly users: readonly string[];
  readonly sweepers: readonly [Node, Node];
  readonly stripe: VirtualStripe;
  readonly stripeOracle: StripeOracle;
  /** `undefined` without receivers. */
  readonly alertOracle: AlertOracle | undefined;
  /** Empty in a history without Stripe. */
  readonly syncers: readonly Node[];
  readonly onReply: (verb: string, outcome: string) => void;
}

/** The service's own; histories may have less room. */
const WINDOW = { ...DEDUPE_WINDOW };
const SHARDS = 2;
/** A round costs a few requests and calls to Stripe, of seconds each at worst; other rounds may win first. */
const LONGEST_WEBHOOK_MS = 300_000;
/** Of the due index: equivalent to sixteen, and faster to walk through. */
const FEW_SHARDS = { shards: 2 };

/** Runs a script until quiescence. Returns the broken promises; the first explains the history. */
export async function simulate(script: Script, options: SimulateOptions = {}): Promise<readonly Violation[]> {
  Object.assign(INDEX.due, FEW_SHARDS);
  const { trace, sabotage = {}, count = () => {} } = options;
  Object.assign(DEDUPE_WINDOW, WINDOW, script.room, sabotage.window);
  const world = new World(script.startAt, trace);
  const oracle = new Oracle(world);
  const shards: StreamShard[] = [];
  const lastAt = script.startAt + Math.max(...script.acts.map(({ afterMs }) => afterMs));
  const stripe = new VirtualStripe(world, lastAt, (record) => deliveries?.send(record));
  const stripeOracle = new StripeOracle(oracle, stripe);
  const moneyOracle = new MoneyOracle(
    (text) => oracle.report('units are worth money', text),
    (userId) => stripe.everyOneOf(userId).flatMap(({ invoices = [] }) => invoices),
  );
  const planOracle = new PlanOracle(oracle, world);
  const alertOracle = script.isReceived ? new AlertOracle(oracle, () => table) : undefined;
  const table: MemoryTable = new MemoryTable(world.now, (written) => {
    planOracle.onWrite(written);
    stripeOracle.onWrite(table, written);
    alertOracle?.onWrite(written);
    watch({ world, oracle, stripeOracle, moneyOracle, alertOracle, shards }, written);
  });
  let faultProfile: FaultProfile = { ...script.faultProfile, ...sabotage.faultProfile };
  const network: Network = {
    world,
    table,
    faultProfile: () => faultProfile,
    stripe,
    onAnnounced: (subscription) => stripeOracle.onPublished(subscription),
    listeners: alertOracle && {
      onPublished: (event) => alertOracle.onPublished(event),
      onMessage: (detail) => alertOracle.onMessage(detail),
    },
    spared: new Set(script.spared),
    onFate: (to, fate) => {
      if (to === 'store') count('fate', fate);
      else count('reply', `ask ${to}: ${fate === 'fine' || fate === 'slow' ? 'answered' : 'failed'}`);
    },
    rewrite: sabotage.rewrite,
  };
  const cache = new QuotaCacheModel();
  const chance = new Chance(script.seed, 2);
  const node = (name: string) => {
    const skewMs = chance.between(-0.5, 0.5) * faultProfile.skewMs;
    world.trace(() => `${name}'s clock is ${Math.round(skewMs)} ms ahead`);
    return new Node(network, { name, skewMs, cache, alter: sabotage.alter });
  };
  for (const [id, allowances] of Object.entries(script.plans))
    seedPlan(table, id, allowances, script.startAt);
  const fleet = new Fleet(
    Array.from({ length: script.nodes }, (_, index) => node(`node ${index + 1}`)),
    world,
    oracle,
  );
  const sweepers = [node('sweeper 1'), node('sweeper 2')] as const;
  const projectors = [node('projector 1'), node('projector 2')] as const;
  const shared = { world, oracle, planOracle, seed: script.seed, faultProfile: () => faultProfile };
  for (let number = 0; number < SHARDS; number += 1) {
    shards.push(new StreamShard({ ...shared, startAt: script.startAt, projectors }, number));
  }
  const users = [...new Set(script.acts.map(({ userId }) => userId))];
  const reservations = new Map<number, string>();
  const onReply = (verb: string, outcome: string) => count('reply', `${verb}: ${outcome}`);
  const hasStripe = script.acts.some(({ action }) => action.verb === 'at Stripe' || action.verb === 'sync');
  // They come last: so the clocks of the others do not depend on them.
  const syncers = hasStripe ? [node('syncer 1'), node('syncer 2')] : [];
  const receivers = hasStripe ? [node('receiver 1'), node('receiver 2'), node('receiver 3')] : [];
  const deliveries = hasStripe
    ? new Deliveries({
        ...shared,
        onReply,
        receivers: new Fleet(receivers, world, oracle, LONGEST_WEBHOOK_MS),
      })
    : undefined;
  const stage: Stage = {
    ...{ script, world, oracle, table, shards, fleet, users, sweepers },
    ...{ stripe, stripeOracle, alertOracle, syncers, onReply },
  };
  for (const act of script.acts) {
    const { action } = act;
    world.after(act.afterMs, () => {
      if (action.verb === 'sweep') sweep(stage, act);
      else if (action.verb === 'sync') syncAsScheduled(stage, { ...act, action });
      else if (action.verb === 'at Stripe') stripe.act(action, act.userId, act.number);
      else
        void call(
          { ...shared, fleet, reservations, onReply, keyAgain: sabotage.keyAgain },
          { ...act, action },
        );
    });
  }
  try {
    await world.run();
    faultProfile = { ...CALM, skewMs: faultProfile.skewMs };
    await quiesce(stage);
  } catch (error) {
    if (!(error instanceof HistoryOver)) throw error;
  }
  return oracle.violations;
}

type Watchers = Pick<Stage, 'world' | 'oracle' | 'stripeOracle' | 'alertOracle' | 'shards'> & {
  readonly moneyOracle: MoneyOracle;
};

function watch(
  { world, oracle, stripeOracle, moneyOracle, alertOracle, shards }: Watchers,
  { key, before, after }: Written,
): void {
  if (after?.plan && key.sk.startsWith('VERSION#')) oracle.onPlan(after.plan as unknown as Plan); // written by one store alone
  if (key.sk !== TABLE.accountSortKey) return;
  if (!after) {
    oracle.report('nothing lost', `${key.pk} was deleted`);
    return;
  }
  const [old, account] = [before && accountOf(before), accountOf(after)];
  world.trace(() => `         ${describe(account, old)}`);
  oracle.onWrite(old, account);
  stripeOracle.onAccount(old, account);
  moneyOracle.onAccount(old, account);
  if (old?.version === account.version) return;
  alertOracle?.onAccount(old, account);
  const shard = shards[account.userId.charCodeAt(account.userId.length - 1) % shards.length];
  shard?.add({ before: old, after: account as Account & { change: Change } }); // every saved image has one
}

function accountOf(item: AttributeMap): Account {
  return fromAccountItem(item as unknown as AccountItem); // items at this key are written by one store alone
}
