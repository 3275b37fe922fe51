import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import type { Subscription } from '../../../shared/domain/subscriptions/subscription.ts';
import type { Listeners } from './alerts/publishers.ts';
import type { Chance } from './chance.ts';
import { execute } from './dynamodb/memory-client.ts';
import type { MemoryTable } from './dynamodb/memory-table.ts';
import { type Fate, type FaultProfile, FREEZES_MS, fateOf } from './fault-profile.ts';
import type { Node } from './node.ts';
import type { VirtualStripe } from './stripe/virtual-stripe.ts';
import type { World } from './world.ts';

/** The target of a node's request. */
export type Place = 'store' | 'Stripe' | 'bus';

export interface Network {
  readonly world: World;
  readonly table: MemoryTable;
  readonly stripe: VirtualStripe;
  /** The bus received the new state of a subscription. */
  readonly onAnnounced: (subscription: Subscription) => void;
  readonly faultProfile: () => FaultProfile;
  /** Receivers of alerts; `undefined`: none. */
  readonly listeners: Listeners | undefined;
  /** Groups of tasks whose requests meet no fault. */
  readonly spared: ReadonlySet<string>;
  readonly onFate: (to: Place, fate: Fate) => void;
  /** A planted bug: alters a command. */
  readonly rewrite?: ((command: object) => object) | undefined;
}

/** As in the real client. */
const REQUEST_TIMEOUT_MS = 1_000;
/** Maximum lag of indexes and of reads that are not consistent. */
const MOST_LAG_MS = 300;

const deadlines = new WeakMap<AbortSignal, number>();

/** An abort signal in virtual time: it has its instant, and fires nothing by itself. */
export function signalAfter(world: World, ms: number): AbortSignal {
  const { signal } = new AbortController();
  deadlines.set(signal, world.now() + ms);
  return signal;
}

/** A node's client of the table, with the fault profile applied. */
export function clientOf(network: Network, node: Node): Table['client'] {
  const { table, rewrite } = network;
  const send = (command: object, { abortSignal }: { abortSignal?: AbortSignal } = {}) => {
    const leftMs =
      ((abortSignal && deadlines.get(abortSignal)) ?? Number.POSITIVE_INFINITY) - network.world.now();
    return request(network, node, {
      to: 'store',
      name: command.constructor.name.replace(/Command$/, ''),
      timeoutMs: Math.min(REQUEST_TIMEOUT_MS, Math.max(0, leftMs)),
      perform: (lagMs) => execute(table, rewrite ? rewrite(command) : command, { lagMs }),
    });
  };
  return { send: send as Table['client']['send'] }; // one signature for the overloads of every command
}

export interface Errand<T> {
  readonly to: Place;
  readonly name: string;
  readonly timeoutMs: number;
  /** Its effect and answer at the target. Reads may return the state of `lagMs` ago. */
  readonly perform: (lagMs: number) => T;
}

/**
 * Sends a request with the fault profile applied: it may arrive late or never, its answer may be lost, its
 * sender may die.
 */
export function request<T>(network: Network, node: Node, errand: Errand<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { chance } = node.task;
    const { world } = network;
    const { to, name, timeoutMs } = errand;
    const isSpared = network.spared.has(node.task.group);
    const fate = isSpared ? 'fine' : fateOf(network.faultProfile(), chance);
    network.onFate(to, fate);
    world.trace(() => `${node.name}  ${node.task.name}: ${name}${fate === 'fine' ? '' : ` — ${fate}`}`);
    if (fate === 'dies before') return node.die();

    const { thereMs, backMs } = journey(fate, chance, timeoutMs, network.faultProfile().mostLateMs);
    if (fate === 'frozen') node.standStill(thereMs + backMs);
    const life = node.life;
    let isSettled = false;
    const settle = (act: () => void) => {
      if (isSettled || node.life !== life) return;
      isSettled = true;
      act();
    };
    const error = errorOf(fate);
    const isApplied = error === undefined || error.isApplied;
    const lagMs = chance.happens(0.3) ? chance.between(0, MOST_LAG_MS) : 0;
    world.after(thereMs, () => {
      const answer = isApplied ? answerOf(errand, lagMs) : undefined;
      world.after(backMs, () =>
        settle(() => {
          if (error) reject(error.error);
          else if (answer && 'value' in answer) resolve(answer.value);
          else reject(answer?.error);
        }),
      );
    });
    if (thereMs + backMs >= timeoutMs && fate !== 'frozen')
      world.after(timeoutMs, () => settle(() => reject(timeout())));
    if (fate === 'dies after') node.die();
  });
}

function answerOf<T>({ perform }: Errand<T>, lagMs: number): { value: T } | { error: unknown } {
  try {
    return { value: perform(lagMs) };
  } catch (error) {
    return { error };
  }
}

function journey(
  fate: Fate,
  chance: Chance,
  timeoutMs: number,
  mostLateMs: number,
): { thereMs: number; backMs: number } {
  const [thereMs, backMs] = [chance.between(0.2, 6), chance.between(0.2, 4)];
  if (fate === 'frozen') {
    const frozenMs = chance.pick(FREEZES_MS);
    // Sent before the node froze, or just as it did.
    const arrivesMs = chance.happens(0.5) ? thereMs : chance.between(0, frozenMs);
    return { thereMs: arrivesMs, backMs: Math.max(backMs, frozenMs - arrivesMs) };
  }
  if (fate === 'slow') return { thereMs: chance.between(6, 900), backMs };
  if (fate === 'late') return { thereMs: timeoutMs + lateness(chance.between(0, 1), mostLateMs), backMs };
  return { thereMs, backMs };
}

/**
 * The delay after the sender's timeout until a request is applied, ms: half within a second, the others up to
 * `mostLateMs`.
 */
function lateness(share: number, mostLateMs: number): number {
  return share < 0.5 ? share * 1_600 : 800 * (mostLateMs / 800) ** (2 * share - 1);
}

function errorOf(fate: Fate): { error: Error; isApplied: boolean } | undefined {
  switch (fate) {
    case 'lost':
      return { error: socketError('ECONNRESET'), isApplied: false };
    case 'answer lost':
      return { error: socketError('ECONNRESET'), isApplied: true };
    case 'refused':
      return { error: socketError('ECONNREFUSED'), isApplied: false };
    case 'server error':
      return { error: serviceError('InternalServerError', 500), isApplied: true };
    case 'throttled':
      return { error: serviceError('ThrottlingException', 400), isApplied: false };
    case 'conflict':
      return { error: serviceError('TransactionConflictException', 400), isApplied: false };
    default:
      return undefined;
  }
}

function socketError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function timeout(): Error {
  return Object.assign(new Error('the request timed out'), { name: 'TimeoutError' });
}

function serviceError(name: string, httpStatusCode: number): Error {
  const $fault = httpStatusCode < 500 ? 'client' : 'server';
  return new DynamoDBServiceException({ name, $fault, message: name, $metadata: { httpStatusCode } });
}
