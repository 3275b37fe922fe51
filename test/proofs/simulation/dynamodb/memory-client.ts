import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { AttributeMap } from './attribute.ts';
import { copyOf } from './attribute.ts';
import { type Expressions, keyOf, type MemoryTable } from './memory-table.ts';
import { executeStatements } from './partiql.ts';
import { query } from './query.ts';
import { canceled, invalid } from './refusals.ts';

/** Maximum lag of inconsistent reads, ms. */
export interface Lag {
  readonly lagMs: number;
}

/** Executes one command on the table, and answers as the document client would. Throws the SDK's errors. */
export function execute(table: MemoryTable, command: object, { lagMs }: Lag = { lagMs: 0 }): object {
  const lagOf = (isConsistent: boolean | undefined) => (isConsistent ? 0 : lagMs);
  if (command instanceof UpdateCommand) {
    const { input } = command;
    const after = table.update(keyOf(asMap(input.Key)), input);
    return input.ReturnValues === 'ALL_NEW' ? { Attributes: after } : {};
  }
  if (command instanceof GetCommand) {
    const { Key, ConsistentRead } = command.input;
    const Item = table.get(keyOf(asMap(Key)), lagOf(ConsistentRead));
    return Item ? { Item } : {};
  }
  if (command instanceof PutCommand) {
    table.put(asMap(command.input.Item), command.input);
    return {};
  }
  if (command instanceof QueryCommand)
    return query(table, command.input, lagOf(command.input.ConsistentRead));
  if (command instanceof BatchGetCommand) {
    const Responses = mapEach(command.input.RequestItems, ({ Keys = [], ConsistentRead }) =>
      Keys.flatMap((key) => table.get(keyOf(asMap(key)), lagOf(ConsistentRead)) ?? []),
    );
    return { Responses, UnprocessedKeys: {} };
  }
  if (command instanceof BatchWriteCommand) {
    for (const requests of Object.values(command.input.RequestItems ?? {})) {
      if (requests.length > 25) throw invalid('too many items in one batch');
      for (const { PutRequest } of requests) table.put(asMap(PutRequest?.Item));
    }
    return { UnprocessedItems: {} };
  }
  if (command instanceof DeleteCommand) {
    table.delete(keyOf(asMap(command.input.Key)), command.input);
    return {};
  }
  if (command instanceof TransactWriteCommand) {
    transact(table, command.input.TransactItems ?? []);
    return {};
  }
  if (command instanceof BatchExecuteStatementCommand) return executeStatements(table, command.input);
  throw new TypeError(`the model does not support ${command.constructor.name}`);
}

interface Part {
  readonly item: AttributeMap;
  readonly expressions: Expressions;
  readonly write: () => void;
}

/** All or none: first every condition, then every write. */
function transact(
  table: MemoryTable,
  items: NonNullable<TransactWriteCommand['input']['TransactItems']>,
): void {
  const parts = items.map(({ Put, Delete }): Part => {
    if (Put) {
      const item = asMap(Put.Item);
      return { item, expressions: Put, write: () => table.put(item, Put) };
    }
    if (!Delete) throw new TypeError('the model supports only puts and deletes in a transaction');
    const key = asMap(Delete.Key);
    return { item: key, expressions: Delete, write: () => table.delete(keyOf(key), Delete) };
  });
  const reasons = parts.map(({ item, expressions }) => {
    try {
      table.prepare(item, expressions);
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return error;
      throw error;
    }
  });
  if (reasons.some((reason) => reason !== undefined)) throw canceled(reasons);
  for (const { write } of parts) write();
}

function asMap(value: unknown): AttributeMap {
  return copyOf(value ?? {}) as AttributeMap; // items and keys are records
}

function mapEach<V, W>(record: Readonly<Record<string, V>> | undefined, change: (value: V) => W) {
  return Object.fromEntries(Object.entries(record ?? {}).map(([name, value]) => [name, change(value)]));
}
