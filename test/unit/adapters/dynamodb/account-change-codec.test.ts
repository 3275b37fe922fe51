import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { decodeAccountChange } from '../../../../shared/adapters/dynamodb/account-change-codec.ts';
import { toAccountItem } from '../../../../shared/adapters/dynamodb/account-codec.ts';
import { nextVersion } from '../../../../shared/domain/next-version.ts';
import { typicalAccount } from '../../../support/typical-account.ts';

const account = typicalAccount();
const change = account.change;
if (!change) throw new Error('a typical account was changed');
const next = nextVersion(account, change);
const image = (from: typeof account) => marshall(toAccountItem(from));
const Keys = marshall({ pk: `ACCOUNT#${account.userId}`, sk: 'ACCOUNT' });

describe('a stream record', () => {
  it('of an account decodes to the images before and after', () => {
    const decoded = decodeAccountChange({ Keys, OldImage: image(account), NewImage: image(next) });
    expect(decoded?.before?.version).toBe(account.version);
    expect(decoded?.after.version).toBe(account.version + 1);
    expect(decodeAccountChange({ Keys, NewImage: image(next) })?.before).toBeUndefined();
  });

  it('of another item, of a deletion, or of pruned operations is skipped', () => {
    const other = marshall({ pk: `ACCOUNT#${account.userId}`, sk: 'LEDGER#000000000001' });
    expect(decodeAccountChange({ Keys: other, NewImage: image(next) })).toBeUndefined();
    expect(decodeAccountChange({ Keys, OldImage: image(next) })).toBeUndefined();
    const tidied = { ...next, operations: new Map() };
    expect(decodeAccountChange({ Keys, OldImage: image(next), NewImage: image(tidied) })).toBeUndefined();
  });

  it('that cannot be decoded is rejected, never misread', () => {
    const { g: _change, ...withoutChange } = image(next);
    expect(() => decodeAccountChange({ Keys, NewImage: withoutChange })).toThrow();
    const unknownInterval = { ...image(next), c: marshall({ aiRequest: { i: '?', u: 0 } }) };
    expect(() =>
      decodeAccountChange({ Keys, NewImage: { ...unknownInterval, c: { M: unknownInterval.c } } }),
    ).toThrow();
  });
});
