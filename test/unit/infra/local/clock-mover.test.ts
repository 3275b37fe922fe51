import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStripeSimulator } from 'stripe-simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClockMover } from '../../../../infra/local/clock-mover.ts';
import { StackClock } from '../../../../infra/local/host/stack-clock.ts';

const DAY_MS = 86_400_000;
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clock-'));
  file = join(folder, 'clock.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const isAbout = (actualMs: number, expectedMs: number) => Math.abs(actualMs - expectedMs) < 10_000;

describe('the clock of the stack', () => {
  it('is the machine’s until it is moved, never goes back, and is persisted', () => {
    const clock = new StackClock(file);
    expect(clock.aheadMs).toBe(0);
    clock.moveTo(Date.now() + 40 * DAY_MS);
    clock.moveTo(Date.now());
    expect(isAbout(clock.now(), Date.now() + 40 * DAY_MS)).toBe(true);
    expect(new StackClock(file).aheadMs).toBe(clock.aheadMs);
  });

  it.each(['', '{', '{}', '{"aheadMs":-1}', '{"aheadMs":"1"}'])(
    'is refused by name where %o is kept',
    (content) => {
      writeFileSync(file, content);
      expect(() => new StackClock(file)).toThrow(`${file}, the offset of the stack's clock, cannot be read`);
    },
  );
});

describe('a move', () => {
  function parts() {
    const clock = new StackClock();
    const simulator = createStripeSimulator({ now: clock.now });
    const deeds: string[] = [];
    const mover = new ClockMover({
      clock,
      simulator,
      flushCaches: async () =>
        void deeds.push(`flushed at ${new Date(clock.now()).toISOString().slice(0, 10)}`),
      schedules: {
        catchUp: async () => {
          deeds.push('caught up');
          return [{ name: 'nightly', due: '', outcome: 'returned' }];
        },
      },
    });
    return { clock, simulator, mover, deeds };
  }

  it('moves the simulator, keeps its lead, and runs schedules last', async () => {
    const { clock, simulator, mover, deeds } = parts();
    await simulator.control.advanceBy(DAY_MS);
    expect(clock.aheadMs).toBe(0);
    const moved = await mover.move({ byMs: 30 * DAY_MS });
    expect(moved.fired).toHaveLength(1);
    expect(isAbout(Date.parse(moved.now), Date.now() + 30 * DAY_MS)).toBe(true);
    expect(isAbout(simulator.control.nowMs(), clock.now() + DAY_MS)).toBe(true);
    expect(deeds).toEqual([`flushed at ${moved.now.slice(0, 10)}`, 'caught up']);
    await simulator.stop();
  });

  it('accepts a time, and is serialized', async () => {
    const { clock, mover, simulator } = parts();
    const to = new Date(clock.now() + 10 * DAY_MS).toISOString();
    const [, second] = await Promise.all([mover.move({ byMs: DAY_MS }), mover.move({ to })]);
    expect(isAbout(Date.parse(second.now), Date.parse(to))).toBe(true);
    expect(isAbout(Date.parse(mover.read().now), Date.parse(to))).toBe(true);
    await simulator.stop();
  });

  it.each([
    undefined,
    {},
    [],
    { byMs: 0 },
    { byMs: -1 },
    { byMs: 1.5 },
    { byMs: '1' },
    { byMs: 367 * DAY_MS },
    { byMs: 1, to: '2099-01-01T00:00:00Z' },
    { to: 'tomorrow' },
    { to: '2000-01-01T00:00:00Z' },
    { to: '9999-01-01T00:00:00Z' },
  ])('of %j is refused, and nothing moves', async (request) => {
    const { clock, mover, deeds, simulator } = parts();
    await expect(mover.move(request)).rejects.toThrow(/byMs|to|days/);
    expect(clock.aheadMs).toBe(0);
    expect(deeds).toEqual([]);
    expect(await mover.move({ byMs: 1_000 })).toMatchObject({ aheadMs: expect.any(Number) });
    await simulator.stop();
  });

  it('is rejected with a real Stripe account', async () => {
    const { clock } = parts();
    const mover = new ClockMover({
      clock,
      simulator: undefined,
      flushCaches: async () => {},
      schedules: { catchUp: async () => [] },
    });
    await expect(mover.move({ byMs: DAY_MS })).rejects.toThrow('real Stripe account');
  });
});
