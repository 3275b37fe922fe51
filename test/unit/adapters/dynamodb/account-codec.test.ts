import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromAccountItem, toAccountItem } from '../../../../shared/adapters/dynamodb/account-codec.ts';
import type { AccountItem } from '../../../../shared/adapters/dynamodb/account-item.ts';
import type { Account } from '../../../../shared/domain/account.ts';
import { itemSizeBytes } from '../../../support/item-size.ts';
import { anyHugeStory, anyStory, replay } from '../../../support/random-accounts.ts';
import { typicalAccount } from '../../../support/typical-account.ts';

const options = { removeUndefinedValues: true, convertClassInstanceToMap: true };

/** DynamoDB maps have no order; a feature's first counter is stored apart from its further ones. */
const inOrder = (account: Account): Account => ({
  ...account,
  counters: new Map(
    [...account.counters].map(([feature, [first, ...further]]) => [
      feature,
      [...(first ? [first] : []), ...further.sort((a, b) => (a.interval < b.interval ? -1 : 1))],
    ]),
  ),
});

describe('the account item', () => {
  it('decodes to the account it was encoded from, through DynamoDB’s own types', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        for (const image of replay(story).images) {
          const item = unmarshall(marshall(toAccountItem(image), options)) as AccountItem; // encoded on this line
          expect(inOrder(fromAccountItem(item))).toEqual(inOrder(image));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keeps every total beyond the largest number, through DynamoDB’s own types and through JSON', () => {
    const beyond = { excess: 0, closed: 0 };
    fc.assert(
      fc.property(anyHugeStory, (story) => {
        for (const image of replay(story).images) {
          const item = unmarshall(marshall(toAccountItem(image), options));
          const parsed: AccountItem = JSON.parse(JSON.stringify(item));
          expect(inOrder(fromAccountItem(parsed))).toEqual(inOrder(image));
          const counters = [...image.counters.values()].flat();
          beyond.excess += counters.filter(({ excess }) => excess !== undefined).length;
          beyond.closed += counters.filter(({ closed }) => closed !== undefined).length;
        }
      }),
      { numRuns: 200 },
    );
    expect(Math.min(beyond.excess, beyond.closed)).toBeGreaterThan(10);
  });

  it('of an account with 4 features and 16 operations stays below 1,024 bytes', () => {
    const item = marshall(toAccountItem(typicalAccount()), options);
    expect(itemSizeBytes(item)).toBeLessThan(1_024);
  });
});
