/**
 * A simulated Stripe account.
 *
 * The official SDK calls it over HTTP (`startStripeSimulator`) or in the process (`createStripeSimulator`).
 * API calls change the `World`; each change records an event; `Deliveries` sends events to webhook endpoints;
 * `SimulatorControl` moves the clock and injects failures. Invariants: ids depend only on the seed; time
 * passes only by the clock; every object has the shape of the SDK's types, checked at compile time.
 */
export { SimulatorControl } from './control/control.ts';
export { CONTROL_PATH } from './control/control-routes.ts';
export type { RequestFilter } from './server/http-server.ts';
export {
  createStripeSimulator,
  type RunningStripeSimulator,
  type StripeSimulator,
  startStripeSimulator,
} from './simulator.ts';
export type { SimulatorOptions } from './simulator-options.ts';
export type { Delivery } from './world/pending-work.ts';
export type { StoredSubscription } from './world/stored-objects.ts';
