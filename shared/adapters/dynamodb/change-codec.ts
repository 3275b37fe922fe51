import type { Change, ChangeKind, Feature, LateUse, Overdraft } from '../../domain/account.ts';

/** Attributes of a change, in its account while it is the newest and in its ledger entry. Absent: none. */
export const CHANGE = {
  kind: 'k',
  operationId: 'o',
  fingerprint: 'f',
  /** Epoch ms. */
  at: 't',
  /** 1: the caller chose the operation id. */
  keyed: 'y',
  amounts: 'n',
  resourceType: 'rt',
  resourceId: 'ri',
  metadata: 'm',
  reason: 'w',
  reservationId: 'h',
  late: 'l',
  overdrawn: 'd',
} as const;

export interface ChangeItem {
  [CHANGE.kind]: ChangeKind;
  [CHANGE.operationId]: string;
  [CHANGE.fingerprint]: string;
  [CHANGE.at]: number;
  [CHANGE.keyed]?: 1;
  [CHANGE.amounts]: Record<Feature, number>;
  [CHANGE.resourceType]?: string;
  [CHANGE.resourceId]?: string;
  [CHANGE.metadata]?: Record<string, string | number | boolean>;
  [CHANGE.reason]?: string;
  [CHANGE.reservationId]?: string;
  [CHANGE.late]?: LateUse[];
  [CHANGE.overdrawn]?: Overdraft[];
}

/** Encodes a change. */
export function toChangeItem(change: Change): ChangeItem {
  const { resourceType, resourceId, metadata, reason, reservationId, late, overdrawn } = change;
  return {
    [CHANGE.kind]: change.kind,
    [CHANGE.operationId]: change.operationId,
    [CHANGE.fingerprint]: change.fingerprint,
    [CHANGE.at]: change.at,
    ...(change.keyed && { [CHANGE.keyed]: 1 as const }),
    [CHANGE.amounts]: Object.fromEntries(change.amounts),
    ...(resourceType !== undefined && { [CHANGE.resourceType]: resourceType }),
    ...(resourceId !== undefined && { [CHANGE.resourceId]: resourceId }),
    ...(metadata !== undefined && { [CHANGE.metadata]: { ...metadata } }),
    ...(reason !== undefined && { [CHANGE.reason]: reason }),
    ...(reservationId !== undefined && { [CHANGE.reservationId]: reservationId }),
    ...(late !== undefined && late.length > 0 && { [CHANGE.late]: [...late] }),
    ...(overdrawn !== undefined && overdrawn.length > 0 && { [CHANGE.overdrawn]: [...overdrawn] }),
  };
}

/** Decodes a change. */
export function fromChangeItem(item: ChangeItem): Change {
  return {
    kind: item[CHANGE.kind],
    operationId: item[CHANGE.operationId],
    keyed: item[CHANGE.keyed] === 1,
    fingerprint: item[CHANGE.fingerprint],
    at: item[CHANGE.at],
    amounts: new Map(Object.entries(item[CHANGE.amounts])),
    ...optional('resourceType', item[CHANGE.resourceType]),
    ...optional('resourceId', item[CHANGE.resourceId]),
    ...optional('metadata', item[CHANGE.metadata]),
    ...optional('reason', item[CHANGE.reason]),
    ...optional('reservationId', item[CHANGE.reservationId]),
    ...optional('late', item[CHANGE.late]),
    ...optional('overdrawn', item[CHANGE.overdrawn]),
  };
}

function optional<K extends string, V>(name: K, value: V | undefined): { [N in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [N in K]?: V }); // TypeScript widens a computed key to `string`
}
