import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { readAccountChanges } from '../../../functions/projector/account-changes.ts';
import { toAccountItem } from '../../../shared/adapters/dynamodb/account-codec.ts';
import { typicalAccount } from '../../support/typical-account.ts';

function record(userId: string, sequenceNumber: string, spoilt: object = {}): DynamoDBRecord {
  const NewImage = { ...marshall(toAccountItem(typicalAccount(userId))), ...spoilt };
  const Keys = marshall({ pk: `ACCOUNT#${userId}`, sk: 'ACCOUNT' });
  // An event's record has the same shape in JSON.
  return { dynamodb: { Keys, NewImage, SequenceNumber: sequenceNumber } } as DynamoDBRecord;
}

const users = ({ changes }: ReturnType<typeof readAccountChanges>) =>
  changes.map(({ after }) => after.userId);

test('a readable batch is returned whole', () => {
  const read = readAccountChanges([record('a', '1'), record('b', '2')]);
  expect(users(read)).toEqual(['a', 'b']);
  expect(read.poison).toBeUndefined();
});

test('an unreadable record is reported, and no later record is returned', () => {
  const read = readAccountChanges([
    record('a', '1'),
    record('b', '2', { g: { S: 'no change' } }),
    record('c', '3'),
  ]);
  expect(users(read)).toEqual(['a']);
  expect(read.poison).toMatchObject({ sequenceNumber: '2', cause: expect.any(Error) });
});
