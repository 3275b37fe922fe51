import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accountKey } from '../../shared/adapters/dynamodb/keys.ts';
import { AccountBusy } from '../../shared/domain/faults.ts';
import { operationKey } from '../../shared/domain/operation.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { settleReservation } from '../../shared/usecases/quota/settle-reservation.ts';
import { applySubscriptionToAccount } from '../../shared/usecases/subscriptions/apply-subscription-to-account.ts';
import { untilAnswered } from '../support/patient-caller.ts';
import { counterOf, units } from '../support/sample-account.ts';
import { sampleSubscription } from '../support/sample-subscription.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
});
beforeEach(() => {
  userId = randomUUID();
  service.clock.freezeAt('2033-05-10T12:00:00Z');
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

const hold = async (amount = 30, ttlSeconds = 60): Promise<string> =>
  (await reserve(service, { userId, amounts: units(amount), ttlSeconds })).reservationId;
const settlement = (reservationId: string, amount: number | null) =>
  untilAnswered(() => settleReservation(service.environment(), { userId, reservationId, amount }));
const settle = async (reservationId: string, amount: number | null) =>
  (await settlement(reservationId, amount)).outcome;
const month = { feature: 'aiRequest', interval: 'month' } as const;
const counter = async () => counterOf(await service.account(userId));

describe('an expired reservation is still confirmed: the work was done', () => {
  const EXPIRED_MS = 60_000;
  const DAY_MS = 86_400_000;
  /** A reservation whose units were used by others since it expired. */
  const expired = async () => {
    const id = await hold();
    service.clock.advanceMs(EXPIRED_MS);
    await consume(service, { userId, amounts: units(100) });
    return id;
  };

  it('before the account has dropped it: without a read of the ledger', async () => {
    const id = await hold();
    service.clock.advanceMs(EXPIRED_MS);
    expect((await settle(id, 14)).code).toBe('changed');
    expect(await counter()).toMatchObject({ used: 14, held: 0, remaining: 86 });
  });

  it('after its units were used by others: once, below zero, and repeated it is a replay', async () => {
    const id = await expired();
    await service.project();
    const { outcome, settlement: made } = await settlement(id, 14);
    expect(outcome.code).toBe('changed');
    expect(made?.overdrawn).toEqual([{ ...month, amount: 14 }]);
    expect(await counter()).toMatchObject({ used: 114, held: 0, remaining: -14 });
    expect((await settle(id, 14)).code).toBe('replayed');
    expect((await settle(id, 15)).code).toBe('key_reused');
    expect((await settle(id, null)).code).toBe('key_reused');
    expect(await counter()).toMatchObject({ used: 114, remaining: -14 });
  });

  it('busy, not unknown, while the ledger has not reached it', async () => {
    const id = await expired();
    const confirm = () => settleReservation(service, { userId, reservationId: id, amount: 14 });
    await expect(confirm()).rejects.toBeInstanceOf(AccountBusy);
    await service.project();
    expect((await confirm()).outcome.code).toBe('changed');
  });

  it('until a day after its expiry, and no longer', async () => {
    const [early, late] = [await hold(), await hold()];
    await service.project();
    service.clock.advanceMs(EXPIRED_MS + DAY_MS - 1);
    expect((await settle(early, 14)).code).toBe('changed');
    service.clock.advanceMs(1);
    expect(await settle(late, 14)).toMatchObject({
      denial: { code: 'reservation_expired', settleableUntil: service.clock.now() },
    });
    expect(await settle(late, null)).toMatchObject({ denial: { code: 'reservation_expired' } });
    // A repeated confirmation in time is still a replay.
    expect((await settle(early, 14)).code).toBe('replayed');
  });

  it('also if the account still holds it, a day after its expiry is too late', async () => {
    const id = await hold();
    service.clock.advanceMs(EXPIRED_MS + DAY_MS);
    expect(await settle(id, 14)).toMatchObject({ denial: { code: 'reservation_expired' } });
  });

  it('not after it was released, also if that came after its expiry and changed nothing', async () => {
    const id = await expired();
    await service.project();
    const before = await counter();
    expect((await settle(id, null)).code).toBe('changed');
    expect(await counter()).toEqual(before);
    expect((await settle(id, null)).code).toBe('replayed');
    for (const isProjected of [false, true]) {
      if (isProjected) await service.project();
      const { outcome, settlement: made } = await settlement(id, 14);
      expect(outcome.code).toBe('key_reused');
      expect(made?.kind).toBe('cancel');
    }
  });

  it('once, although the account has forgotten the confirmation since', async () => {
    const id = await expired();
    await service.project();
    await settle(id, 14);
    await service.project();
    const { operations, floor } = await service.account(userId);
    const pruning = { floor: { from: floor, to: floor }, forget: [...operations.keys()], settle: new Map() };
    expect(await service.accounts.prune({ userId, ...pruning })).toBe(true);
    for (const pause of [60_000, 23 * 3_600_000]) {
      service.clock.advanceMs(pause);
      const { outcome, settlement: made } = await settlement(id, 14);
      expect(outcome.code).toBe('replayed');
      expect(made).toMatchObject({ amounts: units(14), overdrawn: [{ ...month, amount: 14 }] });
    }
    expect(await counter()).toMatchObject({ used: 114 });
  });

  it.each([undefined, 'stream-1'])(
    'under a minted id as under a key of the caller: %s',
    async (idempotencyKey) => {
      const request = { userId, amounts: units(30), ttlSeconds: 60, idempotencyKey };
      const { reservationId } = await reserve(service, request);
      service.clock.advanceMs(EXPIRED_MS);
      await consume(service, { userId, amounts: units(1) });
      await service.project();
      expect(await service.ledger.findReservation(userId, reservationId)).toMatchObject({ version: 1 });
      expect((await settle(reservationId, 14)).code).toBe('changed');
    },
  );

  it('never without a reservation, also under the id of another operation', async () => {
    await consume(service, { userId, amounts: units(1), idempotencyKey: 'no-reservation' });
    for (const isProjected of [false, true]) {
      if (isProjected) await service.project();
      expect(await settle('AAAAAAAAAAAAAAAA', 14)).toMatchObject({
        denial: { code: 'reservation_not_found' },
      });
    }
    expect(await settle(operationKey('no-reservation'), 14)).toMatchObject({
      denial: { code: 'reservation_not_found' },
    });
  });

  it('into its own period, as late use, if that is closed', async () => {
    service.clock.freezeAt('2033-05-31T23:59:50Z');
    const id = await hold();
    service.clock.freezeAt('2033-06-01T00:10:00Z');
    await consume(service, { userId, amounts: units(100) });
    await service.project();
    const { settlement: made } = await settlement(id, 44);
    const periodEnd = Date.parse('2033-06-01T00:00:00Z');
    expect(made).toMatchObject({
      late: [{ ...month, periodEnd, amount: 44 }],
      overdrawn: [{ ...month, amount: 14 }],
    });
    expect(await counter()).toMatchObject({ used: 100, remaining: 0, lifetime: 144 });
  });

  it('into its own period, as late use, where a payment opened the next one with the same start', async () => {
    await service.createPlan('pro', [{ limit: 100, interval: 'billing_cycle' }]);
    const begun = Date.parse('2033-05-10T12:00:00Z');
    const paid = (version: number) => ({
      ...sampleSubscription(version),
      userId,
      currentPeriodStart: begun,
      currentPeriodEnd: begun + 30 * DAY_MS,
      billingAnchor: begun,
      paidInvoiceId: `in_${version}`,
    });
    await applySubscriptionToAccount(service, paid(1));
    const before = await hold();
    service.clock.advanceMs(EXPIRED_MS);
    await applySubscriptionToAccount(service, paid(2));
    const since = await hold();
    service.clock.advanceMs(EXPIRED_MS);
    await consume(service, { userId, amounts: units(50) });
    await service.project();
    const cycle = { feature: 'aiRequest', interval: 'billing_cycle' };
    expect((await settlement(before, 14)).settlement).toMatchObject({
      late: [{ ...cycle, periodEnd: begun, amount: 14 }],
    });
    expect((await settle(since, 15)).code).toBe('changed');
    const account = await service.account(userId);
    expect(counterOf(account, 'aiRequest', 'billing_cycle')).toMatchObject({ used: 65, lifetime: 79 });
  });

  it('of several counters: one closed, one open', async () => {
    await service.createPlan('both', [{ limit: 100 }, { limit: 40, interval: 'day' }]);
    await setUserPlan(service, { userId, planId: 'both' });
    service.clock.freezeAt('2033-05-10T23:59:50Z');
    const id = await hold();
    service.clock.freezeAt('2033-05-11T00:10:00Z');
    await consume(service, { userId, amounts: units(40) });
    await service.project();
    const { settlement: made } = await settlement(id, 30);
    expect(made).toMatchObject({
      late: [{ feature: 'aiRequest', interval: 'day', amount: 30 }],
      overdrawn: [],
    });
    const account = await service.account(userId);
    expect(counterOf(account, 'aiRequest', 'month')).toMatchObject({ used: 70, remaining: 30 });
    expect(counterOf(account, 'aiRequest', 'day')).toMatchObject({ used: 40, remaining: 0, lifetime: 70 });
  });

  it('of a feature that left the plan since', async () => {
    await service.createPlan('other', [{ feature: 'upload' }]);
    const id = await hold();
    service.clock.advanceMs(EXPIRED_MS);
    await setUserPlan(service, { userId, planId: 'other' });
    await service.project();
    expect((await settle(id, 14)).code).toBe('changed');
    expect(await counter()).toMatchObject({ limit: 0, used: 14, remaining: -14, lifetime: 14 });
  });

  it.each([
    ['suspended', { s: 's' }],
    ['without a valid plan', { u: Date.parse('2033-05-10T12:00:30Z') }],
  ])('of an account that is %s', async (_, attributes) => {
    const id = await hold();
    await overwrite(attributes);
    service.clock.advanceMs(EXPIRED_MS);
    expect((await settle(id, 14)).code).toBe('changed');
    expect(await counter()).toMatchObject({ used: 14, held: 0 });
  });

  it('also a reservation that is open, of a suspended account', async () => {
    const id = await hold();
    await overwrite({ s: 's' });
    expect((await settle(id, 140)).code).toBe('changed');
    expect(await counter()).toMatchObject({ used: 140, held: 0, remaining: -40 });
  });
});

/** Changes attributes of the account's item, as no verb does. */
async function overwrite(attributes: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, value] of Object.entries(attributes)) {
    await service.table.documentClient.send(
      new UpdateCommand({
        TableName: service.table.tableName,
        Key: accountKey(userId),
        UpdateExpression: 'SET #name = :value',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':value': value },
      }),
    );
  }
}
