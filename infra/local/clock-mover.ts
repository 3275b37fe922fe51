import { z } from 'zod';
import type { StackClock } from './host/stack-clock.ts';
import type { LocalSimulator } from './local-stripe.ts';
import type { FiredSchedule, LocalSchedules } from './schedule/local-schedules.ts';

export interface ClockReading {
  /** ISO 8601. */
  readonly now: string;
  /** Milliseconds by which the stack's clock is ahead of the machine's. */
  readonly aheadMs: number;
}

export interface ClockMove extends ClockReading {
  /** The schedules whose times were passed; each ran once. */
  readonly fired: readonly FiredSchedule[];
}

interface Parts {
  readonly clock: StackClock;
  /** Absent with a real Stripe account. */
  readonly simulator: Pick<LocalSimulator, 'control'> | undefined;
  readonly schedules: Pick<LocalSchedules, 'catchUp'>;
  /** Empties the caches, which expire by a clock that cannot be moved. */
  readonly flushCaches: () => Promise<void>;
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 366;

const Request = z.union([
  z.strictObject({ byMs: z.int().min(1) }).transform(
    ({ byMs }) =>
      (now: number) =>
        now + byMs,
  ),
  z.strictObject({ to: z.iso.datetime({ offset: true }) }).transform(
    ({ to }) =>
      () =>
        Date.parse(to),
  ),
]);

/** Moves the time of the whole stack: functions, gateway, schedules and the Stripe simulator. */
export class ClockMover {
  readonly #parts: Parts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  read(): ClockReading {
    const { clock } = this.#parts;
    return { now: new Date(clock.now()).toISOString(), aheadMs: clock.aheadMs };
  }

  /**
   * Advances the clock. Stripe tasks due on the way run at their times, and their events are delivered before
   * the clock advances further; then each schedule whose times were passed runs once. Moves are serialized.
   *
   * @param request `{byMs}` or `{to}` as JSON
   * @throws Error with the valid input; nothing has moved then
   */
  move(request: unknown): Promise<ClockMove> {
    const move = this.#last.then(() => this.#moveTo(this.#target(request)));
    this.#last = move.catch(() => {});
    return move;
  }

  #target(request: unknown): number {
    const { clock, simulator } = this.#parts;
    if (!simulator)
      throw new Error('The clock cannot be moved with a real Stripe account, which runs in real time.');
    const read = Request.safeParse(request);
    if (!read.success)
      throw new Error('Send {"byMs": milliseconds} or {"to": "2027-01-01T00:00:00Z"}, as JSON.');
    const now = clock.now();
    const to = read.data(now);
    if (to <= now)
      throw new Error(`The clock only moves forward: "to" must be after ${new Date(now).toISOString()}.`);
    if (to - now > MAX_DAYS * DAY_MS)
      throw new Error(`One move is at most ${MAX_DAYS} days (${MAX_DAYS * DAY_MS} ms).`);
    return to;
  }

  async #moveTo(toMs: number): Promise<ClockMove> {
    const { clock, simulator, schedules, flushCaches } = this.#parts;
    if (simulator) {
      // Keeps how far the simulator alone was moved ahead.
      const leadMs = simulator.control.nowMs() - clock.now();
      await simulator.control.advanceTo(toMs + leadMs, (atMs) => clock.moveTo(atMs - leadMs));
    }
    clock.moveTo(toMs);
    await flushCaches();
    return { fired: await schedules.catchUp(), ...this.read() };
  }
}
