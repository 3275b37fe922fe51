import { z } from 'zod';
import { PROBES } from '../../shared/contract.ts';
import type { SmokeRequest } from './api-client.ts';
import type { SmokeRun } from './smoke-run.ts';
import type { Step } from './step.ts';

const { features, limits } = PROBES;
const { scarce, gauge } = features;

/** Sends a body as the run's user. */
const asCaller =
  (body: object, more: SmokeRequest | ((run: SmokeRun) => SmokeRequest) = {}) =>
  (run: SmokeRun): SmokeRequest => ({
    key: run.key('caller'),
    body: { userId: run.userId, ...body },
    ...(typeof more === 'function' ? more(run) : more),
  });
const idempotent = ({ idempotencyKey }: SmokeRun) => ({ headers: { 'idempotency-key': idempotencyKey } });

/** The result of an accepted call, with the balance after it. */
const accepted = (balance: Readonly<Record<string, number>>, more: z.core.$ZodLooseShape = {}) =>
  z.object({ allowed: z.literal(true), code: z.literal('allowed'), ...more, balance: exactly(balance) });
const exactly = (figures: Readonly<Record<string, number>>) =>
  z.object(Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, z.literal(value)])));
const problem = (code: string, more: z.core.$ZodLooseShape = {}) =>
  z.object({ code: z.literal(code), ...more });

const RESERVED = z.object({ reservationId: z.string().min(1) });

function reserve(amount: number, used: number, checks: string): Step {
  return {
    operation: 'createReservation',
    checks,
    request: asCaller({ type: scarce, amount, ttlSeconds: 60 }),
    status: 201,
    body: accepted({ used, held: amount }).extend(RESERVED.shape),
    after: (run, { body }) => run.set('reservationId', RESERVED.parse(body).reservationId),
  };
}

const ofReservation = (run: SmokeRun) => ({ path: { reservationId: run.get('reservationId') } });

/** The verbs on units. The figures follow from one another: each step names the units used after it. */
export const QUOTA_STEPS: readonly Step[] = [
  {
    operation: 'checkQuota',
    checks: 'a new user has the whole limit',
    request: asCaller({ type: scarce, amount: limits.scarce, consistent: true }),
    status: 200,
    body: accepted({ limit: limits.scarce, used: 0, remaining: limits.scarce }),
    headers: ['ratelimit', 'ratelimit-policy'],
  },
  {
    operation: 'consumeQuota',
    checks: 'three units are charged',
    request: asCaller({ type: scarce, amount: 3 }, idempotent),
    status: 200,
    body: accepted({ used: 3 }, { replayed: z.literal(false) }),
  },
  {
    operation: 'consumeQuota',
    checks: 'the same Idempotency-Key is not charged again',
    request: asCaller({ type: scarce, amount: 3 }, idempotent),
    status: 200,
    body: accepted({ used: 3 }, { replayed: z.literal(true) }),
  },
  {
    operation: 'consumeQuota',
    checks: 'the same Idempotency-Key with another body is rejected',
    request: asCaller({ type: scarce, amount: 4 }, idempotent),
    status: 422,
    body: problem('key_reused'),
  },
  {
    operation: 'consumeQuota',
    checks: 'an invalid amount is rejected by its name',
    request: asCaller({ type: scarce, amount: 0 }),
    status: 400,
    body: problem('invalid_request', { errors: z.tuple([z.object({ path: z.literal('amount') })]) }),
  },
  {
    operation: 'checkAndConsumeQuota',
    checks: 'two units are charged',
    request: asCaller({ type: scarce, amount: 2 }),
    status: 200,
    body: accepted({ used: 5 }),
  },
  {
    operation: 'checkAndConsumeQuota',
    checks: 'more than remains is denied with 200',
    request: asCaller({ type: scarce, amount: limits.scarce }),
    status: 200,
    body: z.object({ allowed: z.literal(false), code: z.literal('exceeded'), balance: exactly({ used: 5 }) }),
  },
  {
    operation: 'consumeQuota',
    checks: 'more than remains is denied with 429, and changes nothing',
    request: asCaller({ type: scarce, amount: limits.scarce - 4 }),
    status: 429,
    body: problem('exceeded', { balance: exactly({ used: 5 }) }),
    headers: ['retry-after', 'ratelimit'],
  },
  {
    operation: 'batchConsumeQuota',
    checks: 'two features are charged together',
    request: asCaller({
      items: [
        { type: scarce, amount: 1 },
        { type: gauge, amount: 100 },
      ],
    }),
    status: 200,
    body: z.object({
      allowed: z.literal(true),
      items: z.tuple([
        z.object({ type: z.literal(scarce), balance: exactly({ used: 6 }) }),
        z.object({ type: z.literal(gauge), balance: exactly({ used: 100 }) }),
      ]),
    }),
  },
  {
    operation: 'batchConsumeQuota',
    checks: 'if one feature does not fit, none is charged',
    request: asCaller({
      items: [
        { type: scarce, amount: 1 },
        { type: gauge, amount: limits.gauge },
      ],
    }),
    status: 429,
    body: problem('exceeded', { items: z.tuple([z.object({ balance: exactly({ used: 6 }) }), z.unknown()]) }),
  },
  reserve(2, 6, 'two units are held'),
  {
    operation: 'confirmReservation',
    checks: 'one of them is charged, the other one returned',
    request: asCaller({ amount: 1 }, ofReservation),
    status: 200,
    body: accepted({ used: 7, held: 0 }),
  },
  reserve(3, 7, 'three units are held'),
  {
    operation: 'releaseReservation',
    checks: 'all of them are returned',
    request: asCaller({}, ofReservation),
    status: 200,
    body: accepted({ used: 7, held: 0 }),
  },
  {
    operation: 'releaseQuota',
    checks: 'units of a gauge are given back',
    request: asCaller({ type: gauge, amount: 40 }),
    status: 200,
    body: accepted({ used: 60 }),
  },
  {
    operation: 'releaseQuota',
    checks: 'more than is stored is rejected',
    request: asCaller({ type: gauge, amount: 61 }),
    status: 409,
    body: problem('release_exceeds_usage'),
  },
  {
    operation: 'grantQuota',
    checks: 'a grant raises the limit',
    request: asCaller({ type: scarce, amount: 5, reason: 'smoke' }),
    status: 200,
    body: accepted({ limit: limits.scarce + 5, used: 7 }),
  },
];

/** Run after the reads: they leave nothing used. */
export const RESET_STEPS: readonly Step[] = [
  {
    operation: 'resetQuota',
    checks: 'usage is set to 0',
    request: asCaller({ types: [scarce] }),
    status: 200,
    after: (_, { body }) => expectUsed(body, scarce, 0),
  },
  {
    operation: 'releaseQuota',
    checks: 'the gauge is emptied',
    request: asCaller({ type: gauge, amount: 60 }),
    status: 200,
    body: accepted({ used: 0 }),
  },
];

const Account = z.object({
  features: z.array(
    z.object({ type: z.string(), balance: z.object({ limit: z.number(), used: z.number() }) }),
  ),
});

/** @throws Error unless the account has used exactly `used` units of a feature */
export function expectUsed(account: unknown, feature: string, used: number): void {
  const found = Account.parse(account).features.find(({ type }) => type === feature)?.balance.used;
  if (found !== used) throw new Error(`expected ${used} units of ${feature} to be used, found ${found}`);
}
