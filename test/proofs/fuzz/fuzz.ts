import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { type Expectation, expectationOf } from './expectation.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { type FuzzAnswer, faultOf } from './judge.ts';
import type { FuzzCase, RequestMaker } from './request-maker.ts';
import type { FuzzRoute } from './routes.ts';
import { shrink } from './shrink.ts';

export interface FuzzOptions {
  readonly cases: number;
  /** @default 0, the number of the first case */
  readonly from?: number;
  readonly atOnce?: number;
  readonly onProgress?: (done: number) => void;
}

export interface FuzzFault {
  readonly number: number;
  readonly route: FuzzRoute;
  readonly says: string;
  /** The smallest request found that still does it. */
  readonly request: FuzzRequest;
  readonly mutations: readonly string[];
}

export interface FuzzReport {
  readonly sent: number;
  /** Could not be sent this way, or the gateway answered by itself. */
  readonly unsent: number;
  /** Of those sent: what the document refuses. */
  readonly refused: number;
  /** By route and status. */
  readonly tally: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Requests to be refused, or refused, after which something was stored otherwise than before. */
  readonly stateChanges: number;
  readonly faults: readonly FuzzFault[];
  /** How often the emulator was too slow, and the request was sent again after a second. */
  readonly busy: number;
}

const BATCHES = 20;
const MIN_BATCH = 500;
const MAX_FAULTS = 5;
/** What the service says while the table does not answer in its time: not a fault of the request's. */
const BUSY = /"code":"(unavailable|outcome_unknown|account_busy)"/;
const MAX_TRIES = 20;
/** What Stripe says no to once its customer was made: who that is stays written down, or there would be a second one. */
const AFTER_WRITING = /"code":"price_unusable"/;

type Judged = FuzzCase & { readonly expectation: Expectation };

/**
 * Sends the cases of a maker to a target, in batches. In each, first what has to be refused: none of it may be accepted,
 * and the table is the same after as before. Then the rest, one by one where writes are counted: whoever is told 4xx has
 * changed nothing.
 */
export async function fuzz(
  target: FuzzTarget,
  maker: RequestMaker,
  options: FuzzOptions,
): Promise<FuzzReport> {
  const { cases, from = 0, atOnce = 1, onProgress = () => {} } = options;
  const run = new Run(target, onProgress);
  const size = Math.max(MIN_BATCH, Math.ceil(cases / BATCHES));
  for (let first = from; first < from + cases && run.faults.length < MAX_FAULTS; first += size) {
    const numbers = Array.from({ length: Math.min(size, from + cases - first) }, (_, index) => first + index);
    const batch = numbers.map((number) => run.judged(maker.make(number, run.isRefusable)));
    const refusable = batch.filter(({ expectation }) => isRefused(expectation));
    const rest = batch.filter(({ expectation }) => !isRefused(expectation));
    const before = await target.digest();
    await inParallel(refusable, atOnce, (one) => run.one(one));
    if ((await target.digest()) !== before) run.stateChanges += 1;
    await inParallel(rest, target.writes ? 1 : atOnce, (one) => run.one(one));
  }
  const { sent, unsent, refused, tally, stateChanges, faults, busy } = run;
  return { sent, unsent, refused, tally, stateChanges, faults, busy };
}

async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const limit = pLimit(atOnce);
  await Promise.all(items.map((item) => limit(() => work(item))));
}

class Run {
  sent = 0;
  unsent = 0;
  refused = 0;
  stateChanges = 0;
  /** Answers of 503 after which the same request was sent again. */
  busy = 0;
  readonly tally = new Map<string, Map<number, number>>();
  readonly faults: FuzzFault[] = [];
  readonly #target: FuzzTarget;
  readonly #onProgress: (done: number) => void;

  constructor(target: FuzzTarget, onProgress: (done: number) => void) {
    this.#target = target;
    this.#onProgress = onProgress;
  }

  judged(one: FuzzCase): Judged {
    return { ...one, expectation: this.#expectationOf(one.route, one.request) };
  }

  readonly isRefusable = (route: FuzzRoute, request: FuzzRequest): boolean =>
    isRefused(this.#expectationOf(route, request));

  #expectationOf(route: FuzzRoute, request: FuzzRequest): Expectation {
    return expectationOf(route, request, this.#target.decode(route, request));
  }

  async one(judged: Judged): Promise<void> {
    if (this.faults.length >= MAX_FAULTS) return;
    const { route, request } = judged;
    const says = await this.#faultOf(judged, true);
    this.#onProgress(this.sent + this.unsent);
    if (says === undefined || this.faults.some((known) => known.route === route && known.says === says))
      return;
    const isFault = async (smaller: FuzzRequest) =>
      (await this.#faultOf(this.judged({ ...judged, request: smaller }), false)) !== undefined;
    const { number, mutations } = judged;
    this.faults.push({ number, route, says, mutations, request: await shrink(request, isFault) });
  }

  async #faultOf({ route, request, expectation }: Judged, isCounted: boolean): Promise<string | undefined> {
    const before = this.#target.writes?.();
    const answer = await this.#patiently(route, request).catch((error: unknown) => ({
      thrown: String(error),
    }));
    if (answer && 'thrown' in answer) return `it threw: ${answer.thrown}`;
    if (isCounted) this.#count(route, answer?.status, isRefused(expectation));
    if (!answer) return undefined;
    const { status } = answer;
    const isRefusal = status >= 400 && status < 500 && !AFTER_WRITING.test(answer.body);
    const hasWritten = isRefusal && before !== this.#target.writes?.();
    if (hasWritten) this.stateChanges += 1;
    return hasWritten ? `status ${status}, and something was written` : faultOf(route, expectation, answer);
  }

  /** Asks again, as a good caller does, while the table of a busy machine does not answer in time. */
  async #patiently(route: FuzzRoute, request: FuzzRequest): Promise<FuzzAnswer | undefined> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#target.send(route, request);
      if (answer?.status !== 503 || !BUSY.test(answer.body) || tries === MAX_TRIES) return answer;
      this.busy += 1;
      await sleep(1_000);
    }
  }

  #count({ name }: FuzzRoute, status: number | undefined, refused: boolean): void {
    if (status === undefined) {
      this.unsent += 1;
      return;
    }
    this.sent += 1;
    if (refused) this.refused += 1;
    const ofRoute = this.tally.get(name) ?? new Map<number, number>();
    ofRoute.set(status, (ofRoute.get(status) ?? 0) + 1);
    this.tally.set(name, ofRoute);
  }
}

function isRefused({ refusedWith }: Expectation): boolean {
  return refusedWith !== undefined;
}
