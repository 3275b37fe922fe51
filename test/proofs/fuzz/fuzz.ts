import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { type Expectation, expectationOf } from './expectation.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import type { FuzzCase, RequestMaker } from './request-maker.ts';
import type { FuzzRoute } from './routes.ts';
import { shrink } from './shrink.ts';
import { type FuzzAnswer, faultOf } from './verify-answer.ts';

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
  readonly fault: string;
  /** The smallest request found with the same fault. */
  readonly request: FuzzRequest;
  readonly mutations: readonly string[];
}

export interface FuzzReport {
  readonly sent: number;
  /** Impossible to send this way, or answered by the gateway itself. */
  readonly unsent: number;
  /** Of those sent: refused by the document. */
  readonly refused: number;
  /** By route and status. */
  readonly tally: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Requests to be refused, or refused, that changed stored data. */
  readonly stateChanges: number;
  readonly faults: readonly FuzzFault[];
  /** How often the emulator was too slow, and the request was retried after a second. */
  readonly busy: number;
}

const BATCHES = 20;
const MIN_BATCH = 500;
const MAX_FAULTS = 5;
/** Answers while the table times out: no fault of the request. */
const BUSY = /"code":"(unavailable|outcome_unknown|account_busy)"/;
const MAX_TRIES = 20;
/**
 * Stripe refusals after its customer was created: the customer stays recorded, or there would be a second
 * one.
 */
const AFTER_WRITING = /"code":"price_unusable"/;

type Verified = FuzzCase & { readonly expectation: Expectation };

/**
 * Sends a maker's cases to a target, in batches. In each, first the requests to be refused: none may be
 * accepted, and the table must not change. Then the rest, one by one if writes are counted: a 4xx must not
 * have changed anything.
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
    const batch = numbers.map((number) => run.verified(maker.make(number, run.isRefusable)));
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
  /** Answers of 503 whose request was retried. */
  busy = 0;
  readonly tally = new Map<string, Map<number, number>>();
  readonly faults: FuzzFault[] = [];
  readonly #target: FuzzTarget;
  readonly #onProgress: (done: number) => void;

  constructor(target: FuzzTarget, onProgress: (done: number) => void) {
    this.#target = target;
    this.#onProgress = onProgress;
  }

  verified(one: FuzzCase): Verified {
    return { ...one, expectation: this.#expectationOf(one.route, one.request) };
  }

  readonly isRefusable = (route: FuzzRoute, request: FuzzRequest): boolean =>
    isRefused(this.#expectationOf(route, request));

  #expectationOf(route: FuzzRoute, request: FuzzRequest): Expectation {
    return expectationOf(route, request, this.#target.decode(route, request));
  }

  async one(verified: Verified): Promise<void> {
    if (this.faults.length >= MAX_FAULTS) return;
    const { route, request } = verified;
    const fault = await this.#faultOf(verified, true);
    this.#onProgress(this.sent + this.unsent);
    if (fault === undefined || this.faults.some((known) => known.route === route && known.fault === fault))
      return;
    const isFault = async (smaller: FuzzRequest) =>
      (await this.#faultOf(this.verified({ ...verified, request: smaller }), false)) !== undefined;
    const { number, mutations } = verified;
    this.faults.push({ number, route, fault, mutations, request: await shrink(request, isFault) });
  }

  async #faultOf({ route, request, expectation }: Verified, isCounted: boolean): Promise<string | undefined> {
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

  /** Retries, like a good caller, while the table of a busy machine times out. */
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
