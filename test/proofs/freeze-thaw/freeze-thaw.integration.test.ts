import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStripeAccount, type StripeAccount } from 'stripe-simulator/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { bundleFunctions } from '../../../infra/bundle.ts';
import { ENTRIES, groupEntry, type OperationName, ROUTES } from '../../../shared/contract.ts';
import { type AnnouncedEvents, announceEvents } from '../../support/announced-events.ts';
import { type ApiRequest, EVERYTHING, httpEvent } from '../../support/api.ts';
import { putGoldPlan } from '../../support/gold-plan.ts';
import { type IdleEnd, type IdleRelay, startIdleRelay } from '../../support/idle-resets.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';
import { FrozenFunction } from './frozen-function.ts';

/** From `npm run test:freeze`, or few. */
const SPELLS = Number(process.env.FREEZE_SPELLS ?? '3');
const SECRET = 'whsec_in_use';
const USER = 'frozen-user';

/** Connections end while the function is frozen, or, after a longer spell, at the next request. */
const KINDS: readonly { readonly end: IdleEnd; readonly frozenMs: number }[] = [
  { end: 'closes', frozenMs: 300 },
  { end: 'resets', frozenMs: 300 },
  { end: 'resets late', frozenMs: 5_300 },
];

const REQUESTS: Partial<Record<OperationName, () => ApiRequest>> = {
  getHealth: () => ({}),
  checkQuota: () => ({ caller: EVERYTHING, body: { userId: USER, type: 'aiRequest' } }),
  consumeQuota: () => ({
    caller: EVERYTHING,
    headers: { 'idempotency-key': randomUUID() },
    body: { userId: USER, type: 'aiRequest' },
  }),
  createReservation: () => ({
    caller: EVERYTHING,
    body: { userId: USER, type: 'aiRequest', amount: 1, ttlSeconds: 60 },
  }),
  listPlans: () => ({ caller: EVERYTHING }),
  getUserUsage: () => ({ caller: EVERYTHING, path: { userId: USER }, query: { type: 'aiRequest' } }),
  setUserPlan: () => ({ caller: EVERYTHING, path: { userId: USER }, body: { planId: 'gold' } }),
  createCheckoutSession: () => ({
    caller: EVERYTHING,
    body: {
      userId: randomUUID(),
      planId: 'gold',
      price: 'monthly',
      successUrl: 'https://app.example.com/a',
      cancelUrl: 'https://app.example.com/b',
    },
  }),
};
const OPERATIONS = Object.keys(REQUESTS) as OperationName[]; // the keys above

let api: SeededApi;
let account: StripeAccount;
let announced: AnnouncedEvents;
let folder: string;
/** Between the functions and all that they call. */
const relays: IdleRelay[] = [];
const functions = new Map<string, FrozenFunction>();
const functionOf = (name: string): FrozenFunction => {
  const found = functions.get(name);
  if (!found) throw new Error(`no function serves ${name}`);
  return found;
};
async function relay(upstream = ''): Promise<string> {
  const started = await startIdleRelay(upstream);
  relays.push(started);
  return started.url;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quota-service-frozen-'));
  await bundleFunctions(folder);
  const redis = inject('redisOfFunctions');
  api = await createSeededApi(redis && { ...redis, url: await relay(redis.url) });
  announced = await announceEvents();
  account = await openStripeAccount({
    stoppedAtMs: Date.now(),
    webhookSecrets: [SECRET],
    webhookReceiver: async ({ body, headers }) => {
      const event = await httpEvent('receiveStripeEvent', { body, headers });
      return statusOf(await functionOf('receiveStripeEvent').invoke(event));
    },
  });
  const { simulator, monthly } = account;
  const apiBase = await relay(simulator.url);
  api.setStripe({ secretKey: simulator.secretKey, webhookSecrets: SECRET, apiBase });
  await putGoldPlan(api, { monthly: monthly.id });
  const variables = {
    AWS_ENDPOINT_URL_DYNAMODB: await relay(api.table.endpoint),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: await relay(process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER),
    AWS_ENDPOINT_URL_EVENTBRIDGE: await relay(process.env.AWS_ENDPOINT_URL_EVENTBRIDGE),
  };
  for (const name of [...OPERATIONS, 'receiveStripeEvent'] as const) {
    functions.set(name, new FrozenFunction(folder, groupEntry(ROUTES[name].group), variables));
  }
  functions.set(ENTRIES.authorize, new FrozenFunction(folder, ENTRIES.authorize, variables));
});
afterAll(async () => {
  await Promise.all([...functions.values()].map((one) => one.stop()));
  await account?.stop();
  await announced?.stop();
  await Promise.all(relays.map((one) => one.stop()));
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
});

function statusOf(report: object): number {
  return 'result' in report ? Number(Object(report.result).statusCode) : 500;
}

/**
 * Invokes every function once, and the webhook with every event of a new subscription; `wrong` has other
 * answers than 2xx.
 */
async function invokeAll(wrong: string[]): Promise<number> {
  const answers: [string, number][] = [];
  for (const name of OPERATIONS) {
    const event = await httpEvent(name, REQUESTS[name]?.() ?? {});
    answers.push([name, statusOf(await functionOf(name).invoke(event))]);
  }
  const headers = { authorization: `Bearer ${api.serviceKey}` };
  const identified = await functionOf(ENTRIES.authorize).invoke({ type: 'REQUEST', headers });
  const { context } = Object('result' in identified ? identified.result : undefined);
  answers.push([ENTRIES.authorize, Object(context).keyId ? 200 : 503]);
  const delivered = await account.simulator.control.deliver();
  for (const { status } of delivered) answers.push(['receiveStripeEvent', Number(status)]);
  for (const [name, status] of answers) if (status < 200 || status >= 300) wrong.push(`${name}: ${status}`);
  return answers.length;
}

/** Stripe has events to deliver. */
async function subscribe(): Promise<void> {
  const { simulator, stripe, monthly } = account;
  const customer = await stripe.customers.create({ metadata: { userId: randomUUID() } });
  simulator.control.setCard(customer.id, 'works');
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price: monthly.id }] });
}

it(
  `functions that are frozen ${SPELLS} times while their connections end answer every call`,
  async () => {
    const wrong: string[] = [];
    await Promise.all([...functions.values()].map((one) => one.ready()));
    let calls = 0;
    const spells = Array.from({ length: Math.ceil(SPELLS / KINDS.length) }, () => KINDS).flat();
    for (const { end, frozenMs } of spells.slice(0, SPELLS)) {
      await subscribe();
      for (const one of functions.values()) one.freeze();
      await sleep(frozenMs);
      for (const one of relays) one.endIdle(end);
      await sleep(20);
      calls += await invokeAll(wrong);
    }
    console.log(`${calls} calls after ${SPELLS} spells, ${wrong.length} wrong`);
    expect(wrong).toEqual([]);
    expect(calls).toBeGreaterThanOrEqual(SPELLS * functions.size);
  },
  120_000 + SPELLS * 20_000,
);
