import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Cutoffs } from '../../domain/archive/retention.ts';
import { attempt, type Table, unlessRefused } from './dynamodb.ts';
import { archiveKey } from './keys.ts';

/** A batch on its way into the archive. */
export interface PendingBatch {
  readonly id: string;
  /** Keys of its files and of its manifest, which exist in part until it is stored. */
  readonly keys: readonly string[];
  /** From when on its items may leave the table (epoch ms). */
  readonly expireAt: number;
  /** Whether all of its files are stored: its items may be marked to expire. */
  readonly isStored: boolean;
}

export interface Progress {
  /** The latest cutoffs that any walk has had: earlier history may have left the table. */
  readonly cutoffs: Cutoffs;
  /** The latest cutoffs of complete walks. */
  readonly walked: Cutoffs;
  readonly batch: PendingBatch | undefined;
}

/** Holds for a repetition too, so that a write whose answer was lost can be repeated. */
const NO_OTHER_BATCH = '(attribute_not_exists(#batch) OR #batch.id = :id)';

/**
 * The archive's progress: one item. Writes require the owner, so that a run that was replaced changes
 * nothing.
 */
export class ArchiveProgress {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The progress; it may be a moment old. */
  async read(): Promise<Progress> {
    const command = new GetCommand({ TableName: this.#table.name, Key: { ...archiveKey() } });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return toProgress(Item);
  }

  /** Makes a run the owner, instead of any earlier one. Returns the progress so far. */
  async takeOver(owner: string): Promise<Progress> {
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: { ...archiveKey() },
      UpdateExpression: 'SET #owner = :owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': owner },
      ReturnValues: 'ALL_NEW',
    });
    const { Attributes } = await attempt(() => this.#table.client.send(command));
    return toProgress(Attributes);
  }

  /** Sets the cutoffs, before the first item is archived up to them; `false`: another run is the owner. */
  begin(owner: string, cutoffs: Cutoffs): Promise<boolean> {
    return this.#update(owner, 'SET cutoffs = :value', { ':value': cutoffs });
  }

  /** Records that a walk is complete; `false` as above. */
  complete(owner: string, walked: Cutoffs): Promise<boolean> {
    return this.#update(owner, 'SET walked = :value', { ':value': walked });
  }

  /** Records a batch before its first file is stored; `false` as above. */
  plan(owner: string, batch: Omit<PendingBatch, 'isStored'>): Promise<boolean> {
    const values = { ':value': { ...batch, isStored: false }, ':id': batch.id };
    return this.#update(owner, 'SET #batch = :value', values, NO_OTHER_BATCH);
  }

  /** Records that all files of the batch are stored; `false`: another run is the owner, and has undone it. */
  commit(owner: string, batchId: string): Promise<boolean> {
    const values = { ':value': true, ':id': batchId };
    return this.#update(owner, 'SET #batch.isStored = :value', values, '#batch.id = :id');
  }

  /** Ends a batch: its items are marked, or its files are removed; `false` as above. */
  end(owner: string, batchId: string): Promise<boolean> {
    return this.#update(owner, 'REMOVE #batch', { ':id': batchId }, NO_OTHER_BATCH);
  }

  async #update(
    owner: string,
    expression: string,
    values: Record<string, unknown>,
    condition?: string,
  ): Promise<boolean> {
    const update: UpdateCommandInput = {
      TableName: this.#table.name,
      Key: { ...archiveKey() },
      UpdateExpression: expression,
      ConditionExpression: ['#owner = :owner', ...(condition ? [condition] : [])].join(' AND '),
      ExpressionAttributeNames: {
        '#owner': 'owner',
        ...(`${expression} ${condition}`.includes('#batch') && { '#batch': 'batch' }),
      },
      ExpressionAttributeValues: { ...values, ':owner': owner },
    };
    return unlessRefused(() => this.#table.client.send(new UpdateCommand(update)));
  }
}

function toProgress(item: Record<string, unknown> = {}): Progress {
  const { cutoffs = {}, walked = {}, batch } = item as Partial<Progress>; // written by this store alone
  return { cutoffs, walked, batch };
}
