import type Stripe from 'stripe';
import { DAY, HOUR } from './calendar.ts';
import type { Call, Route } from './call.ts';
import { deleteCustomer } from './customers.ts';
import { invalidRequest, missingParam, noSuchObject } from './errors.ts';
import { listPage } from './list-page.ts';
import { recordEvent } from './record-event.ts';
import type { StoredTestClock } from './stored-objects.ts';
import { currentPeriod, hasEnded } from './subscription-object.ts';
import type { World } from './world.ts';

const KEPT_FOR = 30 * DAY;

function requested({ world, id }: Call): StoredTestClock {
  const clock = world.testClocks.get(id);
  if (!clock) throw noSuchObject('testclock', id, 'test_clock');
  return clock;
}

function create({ world, params }: Call): StoredTestClock {
  const frozenTime = params.integer('frozen_time');
  const name = params.text('name') ?? null;
  params.done();
  if (frozenTime === undefined) throw missingParam('frozen_time');
  const now = world.main.now();
  const clock: StoredTestClock = {
    id: world.ids.long('testClock', now),
    object: 'test_helpers.test_clock',
    created: now,
    deletes_after: now + KEPT_FOR,
    frozen_time: frozenTime,
    livemode: false,
    name,
    status: 'ready',
    status_details: {},
  };
  world.testClocks.add(clock);
  world.addTestTimeline(clock);
  recordEvent(world, 'test_helpers.test_clock.created', clock);
  return clock;
}

/** Answers while it advances, as Stripe does: the clock is `ready` a little later. */
function advance(call: Call): object {
  const { world, params } = call;
  const clock = requested(call);
  const to = params.integer('frozen_time');
  params.done();
  if (to === undefined) throw missingParam('frozen_time');
  checkAdvance(world, clock, to);
  clock.status = 'advancing';
  clock.status_details = { advancing: { target_frozen_time: to } };
  recordEvent(world, 'test_helpers.test_clock.advancing', clock);
  setImmediate(() => world.automatically(() => finish(world, clock, to)));
  return clock;
}

function checkAdvance(world: World, clock: StoredTestClock, to: number): void {
  if (clock.status === 'advancing') {
    throw invalidRequest('Test clock advancement underway - cannot perform modifications.', {
      code: 'rate_limit',
    });
  }
  if (to <= clock.frozen_time) {
    throw invalidRequest('The new frozen time must be after the current frozen time.', {
      param: 'frozen_time',
    });
  }
  if (to > clock.frozen_time + 2 * shortestInterval(world, clock)) {
    throw invalidRequest(
      'Test clocks may be advanced at most 2 intervals from their current frozen time, based on the shortest subscription interval among all subscriptions on the clock.',
      { param: 'frozen_time' },
    );
  }
}

const NO_SUBSCRIPTIONS = 2 * 365 * DAY;

/** Seconds. */
function shortestInterval(world: World, clock: StoredTestClock): number {
  const days = { day: 1, week: 7, month: 31, year: 366 };
  let shortest = NO_SUBSCRIPTIONS;
  for (const subscription of world.subscriptions.oldestFirst()) {
    if (subscription.test_clock !== clock.id || hasEnded(subscription)) continue;
    const recurring = subscription.items.data[0]?.price.recurring;
    const unit = Object.entries(days).find(([name]) => name === recurring?.interval)?.[1] ?? 31;
    const { start, end } = currentPeriod(subscription);
    shortest = Math.min(shortest, Math.max(unit * (recurring?.interval_count ?? 1) * DAY, end - start));
  }
  return Math.max(shortest, HOUR);
}

function finish(world: World, clock: StoredTestClock, to: number): void {
  world.testTimelines.get(clock.id)?.runAll(to);
  clock.frozen_time = to;
  clock.status = 'ready';
  clock.status_details = {};
  recordEvent(world, 'test_helpers.test_clock.ready', clock);
  world.onChange();
}

/** Ends the advances that a restored world had under way. */
export function finishAdvances(world: World): void {
  for (const clock of world.testClocks.oldestFirst()) {
    const to = clock.status_details.advancing?.target_frozen_time;
    if (clock.status === 'advancing' && to !== undefined) {
      world.automatically(() => finish(world, clock, to));
    }
  }
}

function retrieve(call: Call): StoredTestClock {
  call.params.done();
  return requested(call);
}

function list(call: Call): Stripe.ApiList<StoredTestClock> {
  return listPage(call, call.world.testClocks, { kind: 'testclock', url: '/v1/test_helpers/test_clocks' });
}

/** Takes its customers along. */
function remove(call: Call): Stripe.TestHelpers.DeletedTestClock {
  const { world, params } = call;
  params.done();
  const clock = requested(call);
  for (const customer of [...world.customers.oldestFirst()]) {
    if (customer.test_clock === clock.id) deleteCustomer(world, customer);
  }
  world.testClocks.remove(clock.id);
  world.testTimelines.delete(clock.id);
  recordEvent(world, 'test_helpers.test_clock.deleted', clock);
  return { id: clock.id, object: 'test_helpers.test_clock', deleted: true };
}

const BASE = '/v1/test_helpers/test_clocks';

export const testClockRoutes: readonly Route[] = [
  { method: 'POST', path: BASE, handle: create },
  { method: 'GET', path: BASE, handle: list },
  { method: 'GET', path: `${BASE}/:id`, handle: retrieve },
  { method: 'POST', path: `${BASE}/:id/advance`, handle: advance },
  { method: 'DELETE', path: `${BASE}/:id`, handle: remove },
];
