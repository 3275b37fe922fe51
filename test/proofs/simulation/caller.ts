import type { Account } from '../../../shared/domain/account.ts';
import { Fault, OutcomeUnknown } from '../../../shared/domain/faults.ts';
import { operationKey } from '../../../shared/domain/operation.ts';
import { Chance } from './chance.ts';
import type { Fleet } from './fleet.ts';
import { makeKey } from './keys.ts';
import type { Oracle } from './oracle.ts';
import type { PlanOracle } from './plan-oracle.ts';
import type { Deed } from './script.ts';
import { markOf, perform, type Reply, type Request } from './verbs.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export interface CallerDeps {
  readonly world: World;
  readonly fleet: Fleet;
  readonly oracle: Oracle;
  readonly planOracle: PlanOracle;
  readonly seed: number;
  readonly weather: () => Weather;
  /** The reservations that callers know of, by the number of the act that made them. */
  readonly reservations: Map<number, string>;
  readonly onReply: (verb: string, outcome: string) => void;
  /** What a planted bug makes of the key for another try. */
  readonly keyAgain?: ((key: string | undefined) => string | undefined) | undefined;
}

const MOST_TRIES = 4;

type Act = Request['act'];

/** What a caller knows in the end; without a reply it never got one, and cannot ask. */
type Knowledge = { readonly reply: Reply | undefined; readonly key: string | undefined };

/** Makes one request as a good client does: again until it is answered, always under the same key; and again for nothing. */
export async function call(deps: CallerDeps, act: Act): Promise<void> {
  const { world, seed } = deps;
  const chance = new Chance(seed, 4, act.number);
  const key = makeKey(act, chance, world.now() + chance.between(-0.5, 0.5) * deps.weather().skewMs);
  const reservationId = act.deed.verb === 'settle' ? deps.reservations.get(act.deed.of) : undefined;
  // Callers know their reservation before they have an answer: its id is made of their own key.
  if (act.deed.verb === 'reserve' && key !== undefined) deps.reservations.set(act.number, operationKey(key));
  const request: Request = { act, key, reservationId };
  const known = await (act.isDoubled && key !== undefined
    ? Promise.all([untilAnswered(deps, request, 0), untilAnswered(deps, request, 1)]).then(([first]) => first)
    : untilAnswered(deps, request, 0));
  if (act.againAfterMs === undefined || known.reply === undefined) return;
  const isKeyed = known.key !== undefined || act.deed.verb === 'settle';
  if (!isKeyed) return;
  await world.wait(act.againAfterMs);
  const again = await untilAnswered(deps, { ...request, key: known.key }, 2);
  judgeRepetition(deps, act, known.reply, again.reply);
}

/** What was applied before is replayed, whenever it is asked for again. */
function judgeRepetition({ oracle }: CallerDeps, act: Act, first: Reply, again: Reply | undefined): void {
  const wasApplied = first.code === 'changed' || first.code === 'replayed';
  if (!wasApplied || again === undefined || again.code === 'replayed') return;
  oracle.say('charged once', `${markOf(act)} was ${first.code}, and again it is ${again.code}`);
}

async function untilAnswered(deps: CallerDeps, request: Request, delivery: number): Promise<Knowledge> {
  const { act } = request;
  let { key } = request;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const task = {
      name: `${act.deed.verb} (${markOf(act)})`,
      group: markOf(act),
      chance: new Chance(deps.seed, 5, act.number, delivery, tries),
    };
    const askedAt = deps.world.now();
    const result = await deps.fleet.serve(task, (node) => perform(node, { ...request, key }));
    const isHeard = !task.chance.happens(deps.weather().lostReplies);
    deps.onReply(act.deed.verb, outcomeOf(result));
    deps.world.trace(() => `caller  ${task.name}: ${outcomeOf(result)}${isHeard ? '' : ' — not heard'}`);
    if (result.code === 'answered') judge(deps, { ...request, key }, result.value, askedAt);
    if (result.code === 'failed') judgeFailure(deps, act, result.error);
    if (result.code === 'answered' && isHeard)
      return { reply: result.value, key: keyOf(result.value) ?? key };
    if (result.code === 'failed' && isHeard && result.error instanceof OutcomeUnknown)
      key = result.error.operationId;
    const isSafe = result.code === 'failed' && isHeard && !(result.error instanceof OutcomeUnknown);
    // Without a key nobody may ask again for what may have been done.
    if (act.patienceMs === undefined || (!isSafe && key === undefined && act.deed.verb !== 'settle')) break;
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

function judge(
  { oracle, planOracle, reservations, weather }: CallerDeps,
  { act, key, reservationId }: Request,
  reply: Reply,
  askedAt: number,
): void {
  const { userId, deed } = act;
  switch (reply.code) {
    case 'changed':
    case 'replayed':
      oracle.toldApplied(userId, reply.operationId, reply.code);
      if (reply.reservationId !== undefined) reservations.set(act.number, reply.reservationId);
      return;
    case 'denied':
      if (reply.why === 'exceeded' && !isShort(reply.account, deed))
        oracle.say('answers are true', `${markOf(act)} was told exceeded, and every counter has room`);
      if (key === undefined) oracle.toldForGood(markOf(act));
      if (deed.verb === 'settle') oracle.toldUnsettled(userId, reservationId, reply.why, askedAt);
      if (key !== undefined || deed.verb !== 'settle') {
        oracle.toldDenied(markOf(act), { account: reply.account, code: reply.why, askedAt });
      }
      if (deed.verb === 'consume' || deed.verb === 'reserve') {
        planOracle.judge(markOf(act), { ...reply, code: reply.why, amounts: deed.amounts, askedAt });
      }
      return;
    case 'key_reused':
      // A reservation is confirmed or released, whichever comes first; no other two requests have a key in common.
      if (deed.verb !== 'settle')
        oracle.say('answers are true', `${markOf(act)}: its key is said to be another's`);
      return;
    case 'said': {
      // While the plan cannot be read, a check's denial stands.
      if (deed.verb === 'check' && reply.why !== undefined && weather().faults === 0) {
        planOracle.judge(markOf(act), { ...reply, code: reply.why, amounts: deed.amounts, askedAt });
      }
      const from = reply.consistent ? askedAt : 0;
      if (!oracle.wasCurrent(userId, reply.account.version, from, Number.POSITIVE_INFINITY)) {
        oracle.say(
          'answers are true',
          `${markOf(act)} was shown version ${reply.account.version}, which is not true`,
        );
      }
    }
  }
}

/** Whether a counter denies what was asked: only an enforced one may, of which less remains. */
function isShort({ counters }: Account, deed: Deed): boolean {
  // A settlement asks for what is beyond its reservation, maybe in a period that is closed.
  if (!('amounts' in deed)) return true;
  return [...deed.amounts].some(([feature, amount]) =>
    counters.get(feature)?.some(({ enforced, remaining }) => enforced && remaining < amount),
  );
}

/** A fault is one that the callers know. */
function judgeFailure({ oracle }: CallerDeps, act: Act, error: unknown): void {
  if (error instanceof Fault) return;
  oracle.say(
    'every call is answered',
    `${markOf(act)} failed: ${error instanceof Error ? error.stack : String(error)}`,
  );
}
