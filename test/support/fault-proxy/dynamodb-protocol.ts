import type { Protocol, Refusal } from './protocol.ts';

const VERSION = 'com.amazonaws.dynamodb.v20120810';
const UNIT_BYTES = 1_024;

/** DynamoDB's JSON protocol. Source: "Error handling with DynamoDB", Amazon DynamoDB Developer Guide. */
export const DYNAMODB: Protocol = {
  see({ headers }, body) {
    const operation = String(headers['x-amz-target']).split('.').at(-1) ?? '';
    return { operation, writes: writtenBy(operation, body) };
  },
  throttled: refusal(
    400,
    `${VERSION}#ProvisionedThroughputExceededException`,
    'The level of configured provisioned throughput for the table was exceeded.',
  ),
  conflict: refusal(400, `${VERSION}#TransactionConflictException`, 'Transaction is ongoing for the item'),
  error: refusal(500, `${VERSION}#InternalServerError`, 'The request could not be processed.'),
};

function refusal(status: number, __type: string, message: string): Refusal {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ __type, message }),
  };
}

type Attributes = Readonly<Record<string, unknown>>;

/** The keys of a write; a whole item, or the key alone. */
interface Write {
  readonly Item?: Attributes;
  readonly Key?: Attributes;
}

/**
 * The partition keys of a write and the units of each: one per KB of an item that is put; an update or a
 * delete counts one, since the request lacks the size of the item. A transaction costs twice.
 */
function writtenBy(operation: string, body: Buffer): Map<string, number> {
  const units = new Map<string, number>();
  const add = ({ Item, Key }: Write, factor = 1) => {
    const key = JSON.stringify((Item ?? Key)?.pk);
    const size = Item ? Math.ceil(JSON.stringify(Item).length / UNIT_BYTES) : 1;
    units.set(key, (units.get(key) ?? 0) + size * factor);
  };
  if (['PutItem', 'UpdateItem', 'DeleteItem'].includes(operation)) add(JSON.parse(body.toString()));
  if (operation === 'BatchWriteItem') {
    const { RequestItems } = JSON.parse(body.toString()) as BatchWrite; // the SDK serialized it
    for (const { PutRequest, DeleteRequest } of Object.values(RequestItems).flat()) {
      add(PutRequest ?? DeleteRequest ?? {});
    }
  }
  if (operation === 'TransactWriteItems') {
    const { TransactItems } = JSON.parse(body.toString()) as Transaction; // the SDK serialized it
    for (const item of TransactItems) {
      for (const write of Object.values(item)) add(write, 2);
    }
  }
  return units;
}

interface BatchWrite {
  readonly RequestItems: Readonly<
    Record<string, readonly { readonly PutRequest?: Write; readonly DeleteRequest?: Write }[]>
  >;
}

interface Transaction {
  readonly TransactItems: readonly Readonly<Record<string, Write>>[];
}
