import { randomUUID } from 'node:crypto';
import { openStripeAccount, type StripeAccount } from 'stripe-simulator/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { CLAIM_LEASE_MS } from '../../../shared/adapters/dynamodb/stripe-event-store.ts';
import { FunctionProcess, KILLED, killAfter } from '../../proofs/crashes/function-process.ts';
import { type AnnouncedEvents, announceEvents } from '../../support/announced-events.ts';
import { call, httpEvent } from '../../support/api.ts';
import { DYNAMODB } from '../../support/fault-proxy/dynamodb-protocol.ts';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy/fault-proxy.ts';
import { putGoldPlan } from '../../support/gold-plan.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

/** From `npm run test:crashes`, or few. */
const KILLS = Number(process.env.CRASH_KILLS ?? '2');
const SECRET = 'whsec_in_use';

let api: SeededApi;
let account: StripeAccount;
let announced: AnnouncedEvents;
/** Between the processes and the table. */
let proxy: FaultProxy;
/** The current receiver of events. */
let receiver: FunctionProcess;
const processes: FunctionProcess[] = [];
const start = (clockAheadMs = 0): FunctionProcess => {
  const started = new FunctionProcess({ proxy, clockAheadMs });
  processes.push(started);
  return started;
};

beforeAll(async () => {
  api = await createSeededApi();
  proxy = await startFaultProxy({ upstream: inject('dynamodbEndpoint'), protocol: DYNAMODB });
  announced = await announceEvents();
  account = await openStripeAccount({
    stoppedAtMs: Date.now(),
    webhookSecrets: [SECRET],
    webhookReceiver: async ({ body, headers }) => {
      const event = await httpEvent('receiveStripeEvent', { body, headers });
      const answer = await receiver.invoke('stripe-webhook/handler', event);
      return answer === KILLED ? 502 : Number(Object(answer).statusCode);
    },
  });
  const { simulator, monthly } = account;
  api.setStripe({ secretKey: simulator.secretKey, webhookSecrets: SECRET, apiBase: simulator.url });
  await putGoldPlan(api, { monthly: monthly.id });
});
afterAll(async () => {
  await Promise.all(processes.map((one) => one.kill()));
  await account.stop();
  await announced.stop();
  await proxy.stop();
  await api.stop();
});

test(
  'a process is killed while it converges: after Stripe’s retries all is as at Stripe',
  async () => {
    const { simulator, stripe, monthly } = account;
    let killedInside = 0;
    for (let kills = 0; kills < KILLS; kills += 1) {
      const userId = `user-${randomUUID()}`;
      // The first one's claims have expired for the second.
      const victim = start();
      const heir = start(2 * CLAIM_LEASE_MS);
      receiver = victim;
      await victim.call('receiveStripeEvent', { body: '{}' });
      const customer = await stripe.customers.create({ metadata: { userId } });
      simulator.control.setCard(customer.id, 'works');
      await stripe.subscriptions.create({ customer: customer.id, items: [{ price: monthly.id }] });
      const events = simulator.control.pendingDeliveries().map(({ event }) => event.id);
      // If fewer requests are sent, no process is killed; mostly there are enough.
      killAfter(1 + Math.floor(Math.random() * 12), victim, proxy);
      const outcomes = await simulator.control.deliver();
      if (outcomes.some(({ status }) => status === 502)) killedInside += 1;
      await victim.kill();

      receiver = heir;
      for (const id of events) simulator.control.repeatEvent(id);
      const statuses = (await simulator.control.deliver()).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([200]));
      const get = async (operation: 'getUserSubscription' | 'getUserQuota') =>
        (await call(operation, { key: api.serviceKey, path: { userId } })).body;
      expect(await get('getUserSubscription')).toMatchObject({
        subscription: { planId: 'gold', status: 'ACTIVE', version: 1 },
      });
      expect(await get('getUserQuota')).toMatchObject({
        plan: { id: 'gold' },
        features: [{ type: 'aiRequest', balance: { limit: 1_000, used: 0, remaining: 1_000 } }],
      });
      expect(announced.lines.filter((line) => line.includes(userId)).length).toBeGreaterThanOrEqual(1);
      await heir.kill();
    }
    expect(killedInside).toBeGreaterThan(0);
  },
  60_000 + KILLS * 30_000,
);
