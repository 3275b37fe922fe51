import { TABLE } from '../../../shared/contract.ts';

/** An IAM action on a table, or on an index of it. */
export interface AskedAction {
  readonly action: string;
  readonly tableName: string;
  readonly indexName?: string | undefined;
  /**
   * Values of IAM's condition key `dynamodb:LeadingKeys`: the partition keys of the request. A scan, and what
   * concerns the whole table, has none.
   */
  readonly leadingKeys: readonly string[];
}

/** Values as the SDK serializes them. */
type Item = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

/** A request on one item. */
interface ItemRequest {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
}

interface BatchPart {
  readonly Keys?: readonly Item[];
}
interface WritePart {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

/** The members of a request that determine its actions. */
interface Input extends Partial<ItemRequest> {
  readonly IndexName?: string;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
  readonly RequestItems?: Readonly<Record<string, BatchPart | readonly WritePart[]>>;
  readonly TransactItems?: readonly Readonly<Record<string, ItemRequest>>[];
  readonly Statements?: readonly Statement[];
}
interface Statement {
  readonly Statement: string;
  readonly Parameters?: readonly { readonly S?: string }[];
}

const OF_A_PART: Readonly<Record<string, string>> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};
const OF_A_STATEMENT: Readonly<Record<string, string>> = {
  SELECT: 'PartiQLSelect',
  INSERT: 'PartiQLInsert',
  UPDATE: 'PartiQLUpdate',
  DELETE: 'PartiQLDelete',
};

/**
 * The actions that a role has to allow for a request: those of its parts if it is a transaction or a batch of
 * statements.
 *
 * Source: "Actions, resources, and condition keys for Amazon DynamoDB", AWS Service Authorization Reference;
 * "IAM security policies with PartiQL for DynamoDB" and "Amazon DynamoDB Transactions: how it works", Amazon
 * DynamoDB Developer Guide.
 */
export function askedActions(operation: string, input: Input): AskedAction[] {
  if (input.TransactItems) {
    return input.TransactItems.flatMap((item) =>
      Object.entries(item).map(([part, request]) => ({
        action: OF_A_PART[part] ?? part,
        tableName: request.TableName,
        leadingKeys: [partitionKeyOf(request)],
      })),
    );
  }
  if (input.Statements) return input.Statements.map(ofStatement);
  if (input.RequestItems) {
    return Object.entries(input.RequestItems).map(([tableName, part]) => ({
      action: operation,
      tableName,
      leadingKeys: keysOfBatch(part).map((key) => String(key[TABLE.partitionKey]?.S)),
    }));
  }
  const { TableName: tableName = '', IndexName: indexName } = input;
  return [{ action: operation, tableName, indexName, leadingKeys: leadingKeysOf(operation, input) }];
}

const WITHOUT_KEY = ['Scan', 'DescribeTable', 'UpdateTable'];

function leadingKeysOf(operation: string, input: Input): string[] {
  if (WITHOUT_KEY.includes(operation)) return [];
  return [operation === 'Query' ? queriedKey(input) : partitionKeyOf(input)];
}

function partitionKeyOf({ Key, Item }: Pick<ItemRequest, 'Key' | 'Item'>): string {
  return String((Key ?? Item)?.[TABLE.partitionKey]?.S);
}

/** The expressions here name the partition key first. */
function queriedKey(input: Input): string {
  const [, placeholder = ''] = /^\s*[#\w]+\s*=\s*(:\w+)/.exec(input.KeyConditionExpression ?? '') ?? [];
  const { S, N } = input.ExpressionAttributeValues?.[placeholder] ?? {};
  return String(S ?? N);
}

function keysOfBatch(part: BatchPart | readonly WritePart[]): readonly Item[] {
  if ('Keys' in part) return part.Keys ?? [];
  const writes = part as readonly WritePart[]; // without keys, it is a batch of writes
  return writes.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key ?? {});
}

/** Parameters replace the question marks in order. */
function ofStatement({ Statement, Parameters = [] }: Statement): AskedAction {
  const [, verb = '', tableName = ''] = /^(\w+)[^"]*"([^"]+)"/.exec(Statement) ?? [];
  const before = Statement.slice(0, Statement.search(new RegExp(`\\b${TABLE.partitionKey} = \\?`)));
  const key = Parameters[before.split('?').length - 1]?.S;
  return { action: OF_A_STATEMENT[verb.toUpperCase()] ?? verb, tableName, leadingKeys: [String(key)] };
}
