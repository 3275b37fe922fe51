import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameIn, ownerOf } from '../../../../shared/domain/subscriptions/stripe-owner.ts';
import { isUserId } from '../../../../shared/domain/user-id.ts';

/** A subscription with the given names; `undefined`: none. */
const named = (own: string | undefined, customers?: string) => ({
  metadata: own === undefined ? {} : { userId: own },
  customer: { id: 'cus_1', metadata: customers === undefined ? {} : { userId: customers } },
});

describe('the owner of a subscription', () => {
  it.each([
    ['its own metadata', named('a', 'b'), 'c', 'a'],
    ['its customer’s metadata', named(undefined, 'b'), 'c', 'b'],
    ['the noted user', named(undefined), 'c', 'c'],
    ['nobody', named(undefined), undefined, undefined],
  ])('is named by %s first', (_, subscription, noted, userId) => {
    expect(ownerOf(subscription, noted).userId).toBe(userId);
  });

  it.each(['zoë@example.com', '<script>', 'u'.repeat(300), ' a', '.a', 'a b', 'a\n'])(
    'is unknown if the first name is %j, whatever the others are',
    (name) => {
      expect(ownerOf(named(name, 'b'), 'b')).toEqual({ userId: undefined, isContested: true });
      expect(ownerOf(named(undefined, name), 'b').userId).toBeUndefined();
    },
  );

  it('is contested if two names differ; empty or foreign metadata is no name', () => {
    expect(ownerOf(named('a', 'a'), 'a').isContested).toBe(false);
    expect(ownerOf(named('a', ''), undefined)).toEqual({ userId: 'a', isContested: false });
    expect(ownerOf(named('', 'b'), undefined)).toEqual({ userId: 'b', isContested: false });
    for (const [own, customers, noted] of [
      ['a', 'b', 'a'],
      ['a', 'a', 'b'],
      ['a', undefined, 'b'],
      [undefined, 'a', 'b'],
    ] as const)
      expect(ownerOf(named(own, customers), noted).isContested).toBe(true);
    expect(ownerOf({ metadata: {}, customer: 'cus_1' })).toEqual({ userId: undefined, isContested: false });
    expect(nameIn(undefined)).toBeUndefined();
  });

  it('is a user id of the API, or none', () => {
    const name = fc.option(fc.string({ unit: 'binary', maxLength: 140 }), { nil: undefined });
    fc.assert(
      fc.property(name, name, (own, customers) => {
        const { userId } = ownerOf(named(own, customers));
        expect(userId === undefined || isUserId(userId)).toBe(true);
      }),
    );
  });
});
