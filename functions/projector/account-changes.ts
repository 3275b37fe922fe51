import type { AttributeValue as ImageValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { decodeAccountChange } from '../../shared/adapters/dynamodb/account-change-codec.ts';
import type { AccountChange } from '../../shared/domain/rollup.ts';

export interface ReadableRecords {
  readonly changes: readonly AccountChange[];
  /** Of the record of each change. */
  readonly sequenceNumbers: readonly string[];
  /** The first record that cannot be read; later ones have to wait. */
  readonly poison?: { readonly sequenceNumber: string; readonly cause: unknown };
}

/**
 * Decodes the account changes of a batch, up to the first record that cannot be read. An account's changes
 * are projected in order, so later records are left out.
 */
export function readAccountChanges(records: readonly DynamoDBRecord[]): ReadableRecords {
  const changes: AccountChange[] = [];
  const sequenceNumbers: string[] = [];
  for (const { dynamodb } of records) {
    const sequenceNumber = dynamodb?.SequenceNumber ?? '';
    try {
      const change = decodeAccountChange({
        Keys: asImage(dynamodb?.Keys),
        OldImage: asImage(dynamodb?.OldImage),
        NewImage: asImage(dynamodb?.NewImage),
      });
      if (!change) continue;
      changes.push(change);
      sequenceNumbers.push(sequenceNumber);
    } catch (cause) {
      return { changes, sequenceNumbers, poison: { sequenceNumber, cause } };
    }
  }
  return { changes, sequenceNumbers };
}

/**
 * The stream event's JSON has the SDK's shape for the types of an account: strings, numbers, booleans, maps,
 * lists.
 */
function asImage(image: unknown): Record<string, ImageValue> | undefined {
  return image as Record<string, ImageValue> | undefined; // see above
}
