import type { INDEX, PartitionKind } from '../shared/contract.ts';
import type { Capability } from './capabilities.ts';

/** IAM actions on items, without the `dynamodb:` prefix. A transaction needs those of its parts. */
export type ItemAction =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'BatchWriteItem'
  | 'ConditionCheckItem'
  | 'PartiQLUpdate';

export type ItemAccess = Partial<Readonly<Record<PartitionKind, readonly ItemAction[]>>>;

/** Everything that code needs from the role, the environment and the limits of its function. */
export interface FunctionAccess {
  /**
   * Actions on the table's items, by kind of item.
   * @default - none
   */
  readonly items?: ItemAccess;
  /**
   * Whether it scans the whole table. A scan names no partition key that could bound it.
   * @default false
   */
  readonly scans?: boolean;
  /**
   * Indexes that it queries.
   * @default - none
   */
  readonly indexes?: readonly (keyof typeof INDEX)[];
  /**
   * Resources beyond the table.
   * @default - nothing
   */
  readonly capabilities?: readonly Capability[];
}

/** The access of a function that contains all of this code. */
export function unionOf(all: readonly FunctionAccess[]): Required<FunctionAccess> {
  return {
    items: mergeItems(all.map(({ items = {} }) => items)),
    scans: all.some(({ scans = false }) => scans),
    indexes: distinct(all.flatMap(({ indexes = [] }) => indexes)),
    capabilities: distinct(all.flatMap(({ capabilities = [] }) => capabilities)),
  };
}

/** Actions on items with the union of both accesses' actions for each kind. */
export function mergeItems(all: readonly ItemAccess[]): ItemAccess {
  const merged: Partial<Record<PartitionKind, readonly ItemAction[]>> = {};
  for (const items of all) {
    // The keys of an access are kinds of items.
    for (const [kind, actions] of Object.entries(items) as [PartitionKind, readonly ItemAction[]][]) {
      merged[kind] = distinct([...(merged[kind] ?? []), ...actions]);
    }
  }
  return merged;
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
