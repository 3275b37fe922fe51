import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { accountKey } from '../../../shared/adapters/dynamodb/keys.ts';
import { type ApiRequest, call } from '../../support/api.ts';
import { answer, keyed, useUserApi } from '../../support/user-api.ts';

const user = useUserApi();
const { admin, quota, remaining, send } = user;

describe('reservations', () => {
  const settle = (
    verb: 'confirmReservation' | 'releaseReservation',
    reservationId: string,
    body: object = {},
  ) => send(verb, body, { path: { reservationId } });

  test('hold units, and are confirmed with the true amount, once', async () => {
    const key = randomUUID();
    const made = await send('createReservation', { type: 'aiRequest', amount: 10 }, keyed(key));
    expect(made).toMatchObject({
      status: 201,
      body: { replayed: false, balance: { held: 10, remaining: 90 } },
    });
    const { reservationId, expiresAt } = made.body;
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(290_000);
    const again = await send('createReservation', { type: 'aiRequest', amount: 10 }, keyed(key));
    expect(again).toMatchObject({ status: 200, body: { reservationId, expiresAt, replayed: true } });

    const confirmed = await settle('confirmReservation', reservationId, { amount: 4 });
    expect(confirmed).toMatchObject({
      status: 200,
      body: {
        reservationId,
        type: 'aiRequest',
        amount: 4,
        overdrawn: 0,
        balance: { used: 4, held: 0, remaining: 96 },
      },
    });
    expect((await settle('confirmReservation', reservationId, { amount: 4 })).body).toMatchObject({
      replayed: true,
    });
    expect(answer(await settle('confirmReservation', reservationId, { amount: 5 }))).toBe(
      '409 reservation_settled',
    );
    expect(answer(await settle('releaseReservation', reservationId))).toBe('409 reservation_settled');
    const late = await send('createReservation', { type: 'aiRequest', amount: 10 }, keyed(key));
    expect(late).toMatchObject({ status: 200, body: { reservationId, expiresAt: null, replayed: true } });
  });

  test('a replay after other changes is still a result', async () => {
    const { body } = await send('createReservation', { type: 'aiRequest', amount: 10 });
    await settle('confirmReservation', body.reservationId, { amount: 4 });
    await send('consumeQuota', { type: 'upload' });
    const { status, body: late } = await settle('confirmReservation', body.reservationId, { amount: 4 });
    expect(status).toBe(200);
    expect(late).toMatchObject({
      allowed: true,
      replayed: true,
      type: null,
      amount: 4,
      balance: null,
      counters: [],
    });
  });

  test('are released, denied, and unknown', async () => {
    const { body } = await send('createReservation', { type: 'upload', amount: 10, ttlSeconds: 60 });
    const denied = await send('createReservation', { type: 'upload' });
    expect(denied).toMatchObject({
      status: 429,
      body: { code: 'exceeded', balance: { held: 10, remaining: 0 } },
    });
    expect(denied.headers).toHaveProperty('Retry-After');
    expect((await settle('releaseReservation', body.reservationId)).body).toMatchObject({
      amount: 0,
      overdrawn: 0,
      balance: { held: 0, remaining: 10 },
    });
    expect(answer(await settle('confirmReservation', body.reservationId, { amount: 10 }))).toBe(
      '409 reservation_released',
    );
    expect(answer(await settle('releaseReservation', 'AAAAAAAAAAAAAAAA'))).toBe('404 reservation_not_found');
    expect(answer(await send('createReservation', { type: 'nothing' }))).toBe('403 unknown_feature');
  });

  test('are confirmed with the true amount: a quota without room is overdrawn', async () => {
    const { body } = await send('createReservation', { type: 'upload', amount: 10 });
    const confirmed = await settle('confirmReservation', body.reservationId, { amount: 14 });
    expect(confirmed).toMatchObject({
      status: 200,
      body: { amount: 14, overdrawn: 4, balance: { used: 14, held: 0, remaining: -4 } },
    });
    // A structured field has the remaining units, never below 0.
    expect(confirmed.headers.RateLimit).toMatch(/^"upload-day";r=0;/);
    const denied = await send('consumeQuota', { type: 'upload' });
    expect(denied).toMatchObject({ status: 429, body: { code: 'exceeded', balance: { remaining: -4 } } });
    expect(denied.body.detail).toContain('0 of 10 remain');
  });

  test('are limited to 100, until one ends', async () => {
    for (let count = 0; count < 100; count += 1)
      await send('createReservation', { type: 'storage', ttlSeconds: 600 });
    const { status, headers, body } = await send('createReservation', { type: 'storage' });
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'too_many_reservations' });
    expect(Number(headers['Retry-After'])).toBeGreaterThan(500);
  });
});

describe('administration', () => {
  test('resets a user, or some features, once per key', async () => {
    await send('batchConsumeQuota', {
      items: [
        { type: 'aiRequest', amount: 9 },
        { type: 'upload', amount: 4 },
        { type: 'storage', amount: 7 },
      ],
    });
    const some = await admin('resetQuota', { types: ['upload'] });
    expect(some).toMatchObject({
      status: 200,
      body: { userId: user.userId, replayed: false, operationId: expect.any(String) },
    });
    expect([await remaining('aiRequest'), await remaining('upload'), await remaining('storage')]).toEqual([
      91, 10, 999_999_993,
    ]);
    const key = randomUUID();
    await admin('resetQuota', {}, keyed(key));
    await send('consumeQuota', { type: 'aiRequest' });
    expect((await admin('resetQuota', {}, keyed(key))).body.replayed).toBe(true);
    expect([await remaining('aiRequest'), await remaining('storage')]).toEqual([99, 999_999_993]);
    const unknown = await admin('resetQuota', { types: ['nothing'] });
    // The account has a status too: in a problem it is the answer's.
    expect(unknown).toMatchObject({ status: 403, body: { code: 'unknown_feature', status: 403 } });
  });

  test('grants units for the current period, up to the largest limit', async () => {
    const grant = (body: object, more: ApiRequest = {}) =>
      admin('grantQuota', { type: 'aiRequest', amount: 50, reason: 'outage', ...body }, more);
    expect((await grant({}, keyed('g1'))).body).toMatchObject({ balance: { limit: 150, remaining: 150 } });
    expect((await grant({}, keyed('g1'))).body).toMatchObject({ replayed: true, balance: { limit: 150 } });
    expect(answer(await grant({ amount: 2 ** 53 - 1 }))).toBe('400 limit_too_large');
    expect(answer(await grant({ type: 'nothing' }))).toBe('403 unknown_feature');
  });

  test('moves a user to a plan by the difference', async () => {
    const set = (body: object) =>
      call('setUserPlan', { key: user.api.adminKey, path: { userId: user.userId }, body });
    await send('consumeQuota', { type: 'aiRequest', amount: 60 });
    const moved = await set({
      planId: 'pro',
      timeZone: 'Europe/Berlin',
      anchor: '2026-01-31T00:00:00+01:00',
    });
    expect(moved).toMatchObject({
      status: 200,
      body: { userId: user.userId, plan: { id: 'pro' }, timeZone: 'Europe/Berlin', replayed: false },
    });
    expect(await remaining()).toBe(4_940);
    expect(await set({ planId: 'platinum' })).toMatchObject({ status: 404, body: { code: 'unknown_plan' } });
    await set({ planId: 'enterprise' });
    const { body, headers } = await send('consumeQuota', { type: 'aiRequest', amount: 1_000_000 });
    expect(body.balance).toMatchObject({ unlimited: true, limit: null, remaining: null, used: 1_000_060 });
    expect(headers).not.toHaveProperty('RateLimit');
  });

  test('a suspended user is denied with that reason', async () => {
    await send('consumeQuota', { type: 'aiRequest' });
    await user.api.table.documentClient.send(
      new UpdateCommand({
        TableName: user.api.table.tableName,
        Key: accountKey(user.userId),
        UpdateExpression: 'SET s = :suspended',
        ExpressionAttributeValues: { ':suspended': 's' },
      }),
    );
    expect(answer(await send('consumeQuota', { type: 'aiRequest' }))).toBe('403 suspended');
    expect(answer(await send('createReservation', { type: 'aiRequest' }))).toBe('403 suspended');
    const asked = await send('checkQuota', { type: 'aiRequest', consistent: true });
    expect(asked).toMatchObject({ status: 200, body: { allowed: false, code: 'suspended' } });
    expect((await quota()).status).toBe('suspended');
  });
});
