import type { Account } from '../../../shared/domain/account.ts';
import { Fault, OutcomeUnknown } from '../../../shared/domain/faults.ts';
import { operationKey } from '../../../shared/domain/operation.ts';
import { Chance } from './chance.ts';
import type { FaultProfile } from './fault-profile.ts';
import type { Fleet } from './fleet.ts';
import { makeKey } from './keys.ts';
import type { Oracle } from './oracle.ts';
import type { PlanOracle } from './plan-oracle.ts';
import type { Action } from './script.ts';
import { markOf, perform, type Reply, type Request } from './verbs.ts';
import type { World } from './world.ts';

export interface CallerDeps {
  readonly world: World;
  readonly fleet: Fleet;
  readonly oracle: Oracle;
  readonly planOracle: PlanOracle;
  readonly seed: number;
  readonly faultProfile: () => FaultProfile;
  /** The reservations known to callers, by the number of the act that made them. */
  readonly reservations: Map<number, string>;
  readonly onReply: (verb: string, outcome: string) => void;
  /** A planted bug: alters the key of a retry. */
  readonly keyAgain?: ((key: string | undefined) => string | undefined) | undefined;
}

const MOST_TRIES = 4;

type Act = Request['act'];

/** A caller's final knowledge; without a reply it never got one, and cannot retry. */
type Knowledge = { readonly reply: Reply | undefined; readonly key: string | undefined };

/**
 * Sends one request like a good client: retried until it is answered, always under the same key; then
 * repeated once more.
 */
export async function call(deps: CallerDeps, act: Act): Promise<void> {
  const { world, seed } = deps;
  const chance = new Chance(seed, 4, act.number);
  const key = makeKey(act, chance, world.now() + chance.between(-0.5, 0.5) * deps.faultProfile().skewMs);
  const reservationId = act.action.verb === 'settle' ? deps.reservations.get(act.action.of) : undefined;
  // Callers know their reservation before the answer: its id is derived from their own key.
  if (act.action.verb === 'reserve' && key !== undefined)
    deps.reservations.set(act.number, operationKey(key));
  const request: Request = { act, key, reservationId };
  const known = await (act.isDoubled && key !== undefined
    ? Promise.all([untilAnswered(deps, request, 0), untilAnswered(deps, request, 1)]).then(([first]) => first)
    : untilAnswered(deps, request, 0));
  if (act.againAfterMs === undefined || known.reply === undefined) return;
  const isKeyed = known.key !== undefined || act.action.verb === 'settle';
  if (!isKeyed) return;
  await world.wait(act.againAfterMs);
  const again = await untilAnswered(deps, { ...request, key: known.key }, 2);
  verifyRepetition(deps, act, known.reply, again.reply);
}

/** An applied request is a replay in every repetition. */
function verifyRepetition({ oracle }: CallerDeps, act: Act, first: Reply, again: Reply | undefined): void {
  const wasApplied = first.code === 'changed' || first.code === 'replayed';
  if (!wasApplied || again === undefined || again.code === 'replayed') return;
  oracle.report('charged once', `${markOf(act)} was ${first.code}, and repeated ${again.code}`);
}

async function untilAnswered(deps: CallerDeps, request: Request, delivery: number): Promise<Knowledge> {
  const { act } = request;
  let { key } = request;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const task = {
      name: `${act.action.verb} (${markOf(act)})`,
      group: markOf(act),
      chance: new Chance(deps.seed, 5, act.number, delivery, tries),
    };
    const askedAt = deps.world.now();
    const result = await deps.fleet.serve(task, (node) => perform(node, { ...request, key }));
    const isReceived = !task.chance.happens(deps.faultProfile().lostReplies);
    deps.onReply(act.action.verb, outcomeOf(result));
    deps.world.trace(() => `caller  ${task.name}: ${outcomeOf(result)}${isReceived ? '' : ' — answer lost'}`);
    if (result.code === 'answered') verify(deps, { ...request, key }, result.value, askedAt);
    if (result.code === 'failed') verifyFailure(deps, act, result.error);
    if (result.code === 'answered' && isReceived)
      return { reply: result.value, key: keyOf(result.value) ?? key };
    if (result.code === 'failed' && isReceived && result.error instanceof OutcomeUnknown)
      key = result.error.operationId;
    const isSafe = result.code === 'failed' && isReceived && !(result.error instanceof OutcomeUnknown);
    // Without a key an operation with an unknown outcome must not be retried.
    if (act.patienceMs === undefined || (!isSafe && key === undefined && act.action.verb !== 'settle')) break;
    if (deps.keyAgain && !isSafe) key = deps.keyAgain(key);
    await deps.world.wait(act.patienceMs);
  }
  return { reply: undefined, key };
}

function keyOf(reply: Reply): string | undefined {
  return 'operationId' in reply ? reply.operationId : undefined;
}

function outcomeOf(result: Awaited<ReturnType<Fleet['serve']>>): string {
  if (result.code === 'answered') return (result.value as Reply).code; // the fleet served a request
  if (result.code === 'died') return 'died';
  return result.error instanceof Fault ? result.error.code : 'error';
}

function verify(
  { oracle, planOracle, reservations, faultProfile }: CallerDeps,
  { act, key, reservationId }: Request,
  reply: Reply,
  askedAt: number,
): void {
  const { userId, action } = act;
  switch (reply.code) {
    case 'changed':
    case 'replayed':
      oracle.onApplied(userId, reply.operationId, reply.code);
      if (reply.reservationId !== undefined) reservations.set(act.number, reply.reservationId);
      return;
    case 'denied':
      if (reply.why === 'exceeded' && !isShort(reply.account, action))
        oracle.report('answers are true', `${markOf(act)} was answered exceeded, and every counter has room`);
      if (key === undefined) oracle.onFinalDenial(markOf(act));
      if (action.verb === 'settle') oracle.onUnsettled(userId, reservationId, reply.why, askedAt);
      if (key !== undefined || action.verb !== 'settle') {
        oracle.onDenied(markOf(act), { account: reply.account, code: reply.why, askedAt });
      }
      if (action.verb === 'consume' || action.verb === 'reserve') {
        planOracle.verify(markOf(act), { ...reply, code: reply.why, amounts: action.amounts, askedAt });
      }
      return;
    case 'key_reused':
      // A reservation is confirmed or released, whichever comes first; no other two requests share a key.
      if (action.verb !== 'settle')
        oracle.report('answers are true', `${markOf(act)}: its key is reported as another's`);
      return;
    case 'checked': {
      // While the plan is unreadable, a check's denial remains.
      if (action.verb === 'check' && reply.why !== undefined && faultProfile().faults === 0) {
        planOracle.verify(markOf(act), { ...reply, code: reply.why, amounts: action.amounts, askedAt });
      }
      const from = reply.consistent ? askedAt : 0;
      if (!oracle.wasCurrent(userId, reply.account.version, from, Number.POSITIVE_INFINITY)) {
        oracle.report(
          'answers are true',
          `${markOf(act)} was shown version ${reply.account.version}, which is not true`,
        );
      }
    }
  }
}

/** Whether a counter denies the request: only an enforced one with less remaining may. */
function isShort({ counters }: Account, action: Action): boolean {
  // A settlement needs units beyond its reservation, maybe in a closed period.
  if (!('amounts' in action)) return true;
  return [...action.amounts].some(([feature, amount]) =>
    counters.get(feature)?.some(({ enforced, remaining }) => enforced && remaining < amount),
  );
}

/** The only permitted failures are those documented for callers. */
function verifyFailure({ oracle }: CallerDeps, act: Act, error: unknown): void {
  if (error instanceof Fault) return;
  oracle.report(
    'every call is answered',
    `${markOf(act)} failed: ${error instanceof Error ? error.stack : String(error)}`,
  );
}
