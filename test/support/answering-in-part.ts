import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  BatchWriteCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';

/**
 * A client whose answers are as small as DynamoDB may make them: a page of a query or scan has one item, a
 * batch read or write processes one key and leaves the others, and every second batch leaves all of them.
 */
export function answeringInPart(client: Table['client']): Table['client'] {
  let batches = 0;
  const isIdle = () => {
    batches += 1;
    return batches % 2 === 1;
  };
  const send = async (command: unknown) => {
    if (command instanceof QueryCommand) return client.send(new QueryCommand({ ...command.input, Limit: 1 }));
    if (command instanceof ScanCommand) return client.send(new ScanCommand({ ...command.input, Limit: 1 }));
    if (command instanceof BatchGetCommand) {
      const [[name, { Keys = [], ...options }] = ['', {}]] = Object.entries(command.input.RequestItems ?? {});
      const count = isIdle() ? 0 : 1;
      const left = { [name]: { ...options, Keys: Keys.slice(count) } };
      if (count === 0) return { Responses: {}, UnprocessedKeys: left };
      const taken = new BatchGetCommand({ RequestItems: { [name]: { ...options, Keys: Keys.slice(0, 1) } } });
      const { Responses } = await client.send(taken);
      return { Responses, UnprocessedKeys: Keys.length > 1 ? left : {} };
    }
    if (command instanceof BatchWriteCommand) {
      const [[name, requests] = ['', []]] = Object.entries(command.input.RequestItems ?? {});
      const taken = new BatchWriteCommand({ RequestItems: { [name]: requests.slice(0, 1) } });
      await client.send(taken);
      return { UnprocessedItems: requests.length > 1 ? { [name]: requests.slice(1) } : {} };
    }
    return Reflect.apply(client.send, client, [command]);
  };
  return { send } as Table['client']; // the one method that stores call
}

/** A client whose batches of statements execute the first one, and throttle the others. */
export function executingOneStatement(client: Table['client']): Table['client'] {
  const send = async (command: unknown) => {
    if (!(command instanceof BatchExecuteStatementCommand))
      return Reflect.apply(client.send, client, [command]);
    const [first, ...others] = command.input.Statements ?? [];
    const { Responses = [] } = await client.send(
      new BatchExecuteStatementCommand({ Statements: first ? [first] : [] }),
    );
    return { Responses: [...Responses, ...others.map(() => ({ Error: { Code: 'ThrottlingError' } }))] };
  };
  return { send } as Table['client']; // the one method that stores call
}

/** A client whose batch reads never process a key. */
export function readingNoBatch(client: Table['client']): Table['client'] {
  const send = async (command: unknown) =>
    command instanceof BatchGetCommand
      ? { Responses: {}, UnprocessedKeys: command.input.RequestItems }
      : Reflect.apply(client.send, client, [command]);
  return { send } as Table['client']; // as above
}
