import { describe, expect, it } from 'vitest';
import { type Account, type Counter, MAX_AMOUNT, recount } from '../../../shared/domain/account.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { bindingCounter, decide, isPeriodOver } from '../../../shared/domain/decide.ts';
import { DEDUPE_WINDOW } from '../../../shared/domain/dedupe-window.ts';
import { placeHold } from '../../../shared/domain/hold.ts';
import { nextVersion } from '../../../shared/domain/next-version.ts';
import type { Operation } from '../../../shared/domain/operation.ts';
import { resetUsage } from '../../../shared/domain/reset-and-grant.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, units } from '../../support/sample-account.ts';
import { BLANK_COUNTER } from '../../support/sample-counters.ts';

const now = SAMPLE_NOW;
const june = Date.UTC(2033, 5, 1);
const operation: Operation = { id: 'order-1', keyed: true, fingerprint: 'abcdef' };
const code = (
  account: Account | undefined,
  amount: number,
  at = now,
  op: Operation | undefined = operation,
) => decide(account, { amounts: units(amount), ...(op && { operation: op }) }, at).code;
const remembering = (account: Account) =>
  nextVersion(account, {
    kind: 'consume',
    operationId: operation.id,
    keyed: true,
    fingerprint: operation.fingerprint,
    at: now,
    amounts: units(1),
  });
const full = (account: Account): Account => ({
  ...account,
  operations: new Map(
    Array.from({ length: DEDUPE_WINDOW.room }, (_, index) => [
      `operation-${index}`,
      { fingerprint: 'abcdef', keyed: false, isSettled: false, acceptedAtSeconds: 0 },
    ]),
  ),
});

describe('decide', () => {
  it('allows exactly the remaining units', () => {
    const account = debit(sampleAccount([{ limit: 10 }]), units(7));
    expect(code(account, 3)).toBe('allowed');
    expect(decide(account, { amounts: units(4) }, now)).toEqual({
      code: 'exceeded',
      feature: 'aiRequest',
      interval: 'month',
    });
  });

  it('denies a 10, then allows a 1', () => {
    const account = debit(sampleAccount([{ limit: 10 }]), units(9));
    expect(code(account, 10)).toBe('exceeded');
    expect(code(account, 1)).toBe('allowed');
  });

  it('requires every counter of every feature', () => {
    const account = sampleAccount([
      { limit: 10, interval: '5h' },
      { limit: 5, interval: 'week' },
      { feature: 'upload', limit: 1 },
    ]);
    expect(decide(account, { amounts: units(6) }, now)).toMatchObject({ code: 'exceeded', interval: 'week' });
    const both = (aiRequest: number, upload: number) =>
      decide(account, { amounts: new Map(Object.entries({ aiRequest, upload })) }, now).code;
    expect(both(5, 1)).toBe('allowed');
    expect(both(5, 2)).toBe('exceeded');
    expect(both(6, 1)).toBe('exceeded');
  });

  it('allows unlimited and soft counters, and denies at a limit of 0', () => {
    expect(code(sampleAccount([{ limit: null }]), 1_000_000)).toBe('allowed');
    expect(code(sampleAccount([{ limit: 1, enforced: false }]), 1_000_000)).toBe('allowed');
    expect(code(sampleAccount([{ limit: 0 }]), 1)).toBe('exceeded');
  });

  it('never denies because of usage in earlier periods', () => {
    const { account } = resetUsage(debit(sampleAccount([{}]), units(100)));
    const [counter] = account.counters.get('aiRequest') ?? [];
    const counters = new Map([['aiRequest', counter ? [{ ...counter, lifetime: MAX_AMOUNT }] : []]]);
    expect(code({ ...account, counters }, 100)).toBe('allowed');
    expect(code({ ...account, counters }, 101)).toBe('exceeded');
  });

  it('returns period_over when one of several periods has ended, never for an unknown feature', () => {
    const account = sampleAccount([{}, { interval: '5h' }]);
    expect(code(account, 1, counterOf(account, 'aiRequest', '5h').periodEnd)).toBe('period_over');
    expect(isPeriodOver(account, ['fax'], june)).toBe(false);
  });

  it('returns period_over from the first instant after the period', () => {
    expect(code(sampleAccount(), 1, june - 1)).toBe('allowed');
    expect(code(sampleAccount(), 1, june)).toBe('period_over');
  });

  it('returns period_over when an expired hold keeps the requested units', () => {
    const held = placeHold(sampleAccount([{ limit: 10 }]), 'hold', units(8), now + 1_000);
    expect(code(held, 3)).toBe('exceeded');
    expect(code(held, 3, now + 1_000)).toBe('period_over');
    expect(code(held, 2, now + 1_000)).toBe('allowed');
  });

  it('recognises the operation, or another one under its id', () => {
    const account = remembering(sampleAccount());
    expect(code(account, 1)).toBe('replayed');
    expect(code(account, 1, now, { ...operation, fingerprint: 'ghijkl' })).toBe('key_reused');
  });

  it('returns no_room for an operation, never for a check', () => {
    expect(code(full(sampleAccount()), 1)).toBe('no_room');
    expect(decide(full(sampleAccount()), { amounts: units(1) }, now).code).toBe('allowed');
  });

  it('checks in this order: account, operation, status, plan, feature, period, amount, room', () => {
    const everythingWrong: Account = full(
      remembering({
        ...debit(sampleAccount([{ limit: 0 }]), units(1)),
        status: 'suspended',
        validUntil: june,
      }),
    );
    const other: Operation = { ...operation, id: 'order-2' };
    const known: Account = {
      ...everythingWrong,
      operations: new Map([...everythingWrong.operations, ...remembering(sampleAccount()).operations]),
    };
    expect(code(undefined, 1, june)).toBe('no_account');
    expect(code(known, 1, june)).toBe('replayed');
    expect(code(everythingWrong, 1, june, other)).toBe('suspended');
    const active: Account = { ...everythingWrong, status: 'active' };
    expect(code(active, 1, june, other)).toBe('plan_over');
    const valid: Account = { ...active, validUntil: june + 1 };
    expect(decide(valid, { amounts: units(1, 'upload'), operation: other }, june)).toEqual({
      code: 'unknown_feature',
      feature: 'upload',
    });
    expect(code(valid, 1, june, other)).toBe('period_over');
    expect(code(valid, 1, june - 1, other)).toBe('exceeded');
    expect(code(full(sampleAccount()), 1, june - 1, other)).toBe('no_room');
  });

  it('treats a name that every object inherits as an unknown feature', () => {
    for (const feature of ['constructor', 'toString', '__proto__']) {
      expect(decide(sampleAccount(), { amounts: units(1, feature) }, now).code).toBe('unknown_feature');
    }
    const account = sampleAccount([{ feature: 'constructor', limit: 1 }]);
    expect(counterOf(account, 'constructor').remaining).toBe(1);
  });
});

describe('the binding counter', () => {
  it('is the one that would deny first', () => {
    const week: Counter = { ...BLANK_COUNTER, interval: 'week', limit: 20, remaining: 20 };
    const day: Counter = { ...BLANK_COUNTER, interval: 'day', limit: 5, remaining: 5, enforced: false };
    expect(bindingCounter([BLANK_COUNTER, week, day])).toBe(week);
    expect(bindingCounter([BLANK_COUNTER, recount(week, { limit: 200 })])).toBe(BLANK_COUNTER);
    expect(bindingCounter([day])).toBe(day);
    expect(bindingCounter([])).toBeUndefined();
  });

  it('of two that would deny at once is the one whose period ends last, or else the first', () => {
    const day: Counter = { ...BLANK_COUNTER, interval: 'day' };
    const later: Counter = { ...BLANK_COUNTER, periodEnd: BLANK_COUNTER.periodEnd + 1 };
    expect(bindingCounter([BLANK_COUNTER, day])).toBe(BLANK_COUNTER);
    expect(bindingCounter([BLANK_COUNTER, later])).toBe(later);
  });
});
