import type { LedgerCheckpoint } from '../../domain/ledger-checkpoint.ts';
import type { LedgerSums } from '../../domain/ledger-sums.ts';
import { ledgerCheckpointKey, userIdOf } from './keys.ts';
import { type DeltaItem, fromDeltaItem, toDeltaItem } from './ledger-codec.ts';

/** Attributes of a checkpoint. None may share its name with a key of an index. Times are epoch ms. */
const SUMS = { version: 'v', at: 't', counters: 'x', lifetime: 'n' } as const;
export const CHECKPOINT = { ...SUMS, since: 'b', expireAt: 'e' } as const;

interface SumsItem {
  [SUMS.version]: number;
  [SUMS.at]: number;
  [SUMS.counters]: DeltaItem[];
  [SUMS.lifetime]: Record<string, number | bigint>;
}

export interface CheckpointItem extends SumsItem {
  pk: string;
  sk: string;
  [CHECKPOINT.since]: SumsItem;
  [CHECKPOINT.expireAt]: number;
}

/** Encodes a checkpoint. */
export function toCheckpointItem(checkpoint: LedgerCheckpoint): CheckpointItem {
  return {
    ...(ledgerCheckpointKey(checkpoint.userId) as { pk: string; sk: string }),
    ...toSumsItem(checkpoint),
    [CHECKPOINT.since]: toSumsItem(checkpoint.since),
    [CHECKPOINT.expireAt]: checkpoint.expireAt,
  };
}

/** Decodes a checkpoint. */
export function fromCheckpointItem(item: CheckpointItem): LedgerCheckpoint {
  return {
    userId: userIdOf(item.pk),
    ...fromSumsItem(item),
    since: fromSumsItem(item[CHECKPOINT.since]),
    expireAt: item[CHECKPOINT.expireAt],
  };
}

function toSumsItem({ version, at, counters, lifetime }: LedgerSums): SumsItem {
  return {
    [SUMS.version]: version,
    [SUMS.at]: at,
    [SUMS.counters]: counters.map(toDeltaItem),
    [SUMS.lifetime]: Object.fromEntries(lifetime),
  };
}

function fromSumsItem(item: SumsItem): LedgerSums {
  const lifetime = Object.entries(item[SUMS.lifetime]);
  return {
    version: item[SUMS.version],
    at: item[SUMS.at],
    counters: item[SUMS.counters].map(fromDeltaItem),
    lifetime: new Map(lifetime.map(([feature, units]) => [feature, BigInt(units)])),
  };
}
