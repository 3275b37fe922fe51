import { expect, test } from 'vitest';
import { fromAccountItem, toAccountItem } from '../../../../shared/adapters/dynamodb/account-codec.ts';
import { fromEntryItem, fromRecordItem } from '../../../../shared/adapters/dynamodb/ledger-codec.ts';
import { LAYOUT } from '../../../../shared/contract.ts';
import type { Account } from '../../../../shared/domain/account.ts';
import { SAMPLE_NOW, sampleAccount, units } from '../../../support/sample-account.ts';

const account: Account = {
  ...sampleAccount(),
  change: {
    kind: 'consume',
    operationId: 'an-operation',
    fingerprint: 'abcdef',
    keyed: false,
    at: SAMPLE_NOW,
    amounts: units(1),
  },
};
const NEWER = { [LAYOUT.itemAttribute]: LAYOUT.current + 1 };

test('an item of the first layout has no attribute for it, which would cost bytes', () => {
  expect(toAccountItem(account)).not.toHaveProperty(LAYOUT.itemAttribute);
});

test.each([
  ['the account', () => fromAccountItem({ ...toAccountItem(account), ...NEWER })],
  ['the ledger entry', () => fromEntryItem(Object(NEWER))],
  ['the operation record', () => fromRecordItem(Object(NEWER))],
])('%s of a newer layout is not decoded by guess', (what, decode) => {
  expect(decode).toThrow(`${what} has layout ${LAYOUT.current + 1}, and this release reads`);
});
