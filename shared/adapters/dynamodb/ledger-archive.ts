import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { LedgerCheckpoint } from '../../domain/ledger-checkpoint.ts';
import { batchGet } from './batch-get.ts';
import { CHECKPOINT, type CheckpointItem, fromCheckpointItem, toCheckpointItem } from './checkpoint-codec.ts';
import { type Table, unlessRefused } from './dynamodb.ts';
import { expireItems } from './expire-items.ts';
import { ledgerCheckpointKey, ledgerKey, MAX_VERSION } from './keys.ts';
import { type EntryItem, fromEntryItem } from './ledger-codec.ts';
import { queryAll } from './query-all.ts';

/** The oldest part of ledgers: entries that are archived, and the checkpoints that replace them. */
export class LedgerArchive {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The checkpoints of those users that have one, by user. Consistent. */
  async checkpoints(userIds: readonly string[]): Promise<Map<string, LedgerCheckpoint>> {
    const items = await batchGet(this.#table, userIds.map(ledgerCheckpointKey), { consistent: true });
    const checkpoints = items.map((item) => fromCheckpointItem(item as unknown as CheckpointItem)); // items at these keys come from `saveCheckpoint`
    return new Map(checkpoints.map((checkpoint) => [checkpoint.userId, checkpoint]));
  }

  /** The first entries of an account after a version, at most `limit`, the oldest first. */
  async after(userId: string, version: number, limit: number): Promise<LedgerEntry[]> {
    const { pk, sk } = ledgerKey(userId, version + 1);
    const query = {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': ledgerKey(userId, MAX_VERSION).sk },
    };
    const items = await queryAll(this.#table, query, limit);
    return items.map((item) => fromEntryItem(item as unknown as EntryItem)); // items at these keys come from `LedgerStore.append`
  }

  /** Saves a checkpoint that was made from the stored one; `false`: another one was saved since. */
  async saveCheckpoint(checkpoint: LedgerCheckpoint): Promise<boolean> {
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: { ...toCheckpointItem(checkpoint) },
      ConditionExpression:
        checkpoint.since.version === 0 ? 'attribute_not_exists(pk)' : `${CHECKPOINT.version} = :since`,
      ...(checkpoint.since.version > 0 && {
        ExpressionAttributeValues: { ':since': checkpoint.since.version },
      }),
    });
    return unlessRefused(() => this.#table.client.send(command));
  }

  /** Lets DynamoDB delete at most `TABLE.batchPuts` entries from `expireAt` (epoch ms) on. Idempotent. */
  async expire(entries: readonly Pick<LedgerEntry, 'userId' | 'version'>[], expireAt: number): Promise<void> {
    const items = entries.map(({ userId, version }) => ({ key: ledgerKey(userId, version) }));
    await expireItems(this.#table, items, expireAt);
  }
}
