import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { ledgerKey } from '../../shared/adapters/dynamodb/keys.ts';

/** A stored ledger entry, with the attributes that tests corrupt. */
export interface EntryItem {
  /** The change: operation id and time (epoch ms). */
  readonly g: { readonly o: string; readonly t: number };
  /** Its deltas: used. */
  readonly x: readonly { readonly u?: number }[];
}

/** Edits one entry of a user's ledger directly in the table; `undefined` removes it. */
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
