import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Account, Change } from '../../domain/account.ts';
import type { AccountChange } from '../../domain/rollup.ts';
import { fromAccountItem } from './account-codec.ts';
import type { AccountItem } from './account-item.ts';
import { accountKey } from './keys.ts';

/** The images of a stream record, before and after. */
export interface StreamImages {
  readonly Keys?: Record<string, AttributeValue> | undefined;
  readonly OldImage?: Record<string, AttributeValue> | undefined;
  readonly NewImage?: Record<string, AttributeValue> | undefined;
}

/**
 * Decodes the account change of a stream record. `undefined` for other items, for deletions, and if only
 * remembered operations were pruned. Throws on an account that cannot be decoded.
 */
export function decodeAccountChange({ Keys, OldImage, NewImage }: StreamImages): AccountChange | undefined {
  if (Keys?.sk?.S !== accountKey('').sk || !NewImage) return undefined;
  const before = OldImage && decode(OldImage);
  const after = decode(NewImage);
  if (!hasChange(after)) throw new Error('an account image lacks the change that made it');
  return before?.version === after.version ? undefined : { before, after };
}

function decode(image: Record<string, AttributeValue>): Account {
  return fromAccountItem(unmarshall(image) as AccountItem); // items at this key are written by one store alone
}

function hasChange(account: Account): account is Account & { change: Change } {
  return account.change !== null;
}
