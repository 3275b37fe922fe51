import type { AttributeDefinition, GlobalSecondaryIndex, KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { INDEX, TABLE } from '../../shared/contract.ts';

/** The table's keys, as the API describes them. */
export const TABLE_KEYS = keys(TABLE.partitionKey, TABLE.sortKey);

/** An index of the stack's own table, as the API takes it. */
export interface DeclaredIndex extends GlobalSecondaryIndex {
  readonly IndexName: string;
}

export const DECLARED_INDEXES: readonly DeclaredIndex[] = Object.values(INDEX).map(
  ({ name, partitionKey, sortKey, include }) => ({
    IndexName: name,
    KeySchema: keys(partitionKey, sortKey),
    Projection:
      include.length === 0
        ? { ProjectionType: 'KEYS_ONLY' }
        : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...include] },
  }),
);

/** The types of the key attributes of the table and of every index. */
export const KEY_ATTRIBUTES: readonly AttributeDefinition[] = [
  { AttributeName: TABLE.partitionKey, AttributeType: 'S' },
  { AttributeName: TABLE.sortKey, AttributeType: 'S' },
  ...Object.values(INDEX).flatMap(({ partitionKey, partitionKeyType, sortKey }): AttributeDefinition[] => [
    { AttributeName: partitionKey, AttributeType: partitionKeyType },
    { AttributeName: sortKey, AttributeType: 'N' },
  ]),
];

function keys(partitionKey: string, sortKey: string): KeySchemaElement[] {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ];
}
