import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { ledgerKey } from '../../shared/adapters/dynamodb/keys.ts';

/** A ledger entry as the table has it, as far as tests spoil it. */
export interface EntryItem {
  /** The change: operation id, and when it was (epoch ms). */
  readonly g: { readonly o: string; readonly t: number };
  /** What it changed: used. */
  readonly x: readonly { readonly u?: number }[];
}

/** Changes one entry of a user's ledger behind the service's back; `undefined` removes it. */
export async function spoilEntry(
  { client, name: TableName }: Table,
  userId: string,
  version: number,
  edit: (item: EntryItem) => EntryItem | undefined,
): Promise<void> {
  const Key = { ...ledgerKey(userId, version) };
  const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  if (!Item) throw new Error(`${userId} has no ledger entry ${version}`);
  const spoilt = edit(Item as unknown as EntryItem); // written by the ledger store
  if (spoilt) await client.send(new PutCommand({ TableName, Item: { ...spoilt } }));
  else await client.send(new DeleteCommand({ TableName, Key }));
}
