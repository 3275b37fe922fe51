import type { Change, ChangeKind, Feature, LateUse, Overdraft } from '../../domain/account.ts';

/** A change as it stands in its account, while it is the newest, and in its ledger entry. What is not said is left out. */
export interface ChangeItem {
  /** kind, operation id, fingerprint, at (epoch ms) */
  k: ChangeKind;
  o: string;
  f: string;
  t: number;
  /** 1: the caller chose the operation id */
  y?: 1;
  /** amounts */
  n: Record<Feature, number>;
  /** resource type, resource id, metadata, reason, reservation id, late uses, overdrafts */
  rt?: string;
  ri?: string;
  m?: Record<string, string | number | boolean>;
  w?: string;
  h?: string;
  l?: LateUse[];
  d?: Overdraft[];
}

/** The item of a change. */
export function toChangeItem(change: Change): ChangeItem {
  const { resourceType, resourceId, metadata, reason, reservationId, late, overdrawn } = change;
  return {
    k: change.kind,
    o: change.operationId,
    f: change.fingerprint,
    t: change.at,
    ...(change.keyed && { y: 1 }),
    n: Object.fromEntries(change.amounts),
    ...(resourceType !== undefined && { rt: resourceType }),
    ...(resourceId !== undefined && { ri: resourceId }),
    ...(metadata !== undefined && { m: { ...metadata } }),
    ...(reason !== undefined && { w: reason }),
    ...(reservationId !== undefined && { h: reservationId }),
    ...(late !== undefined && late.length > 0 && { l: [...late] }),
    ...(overdrawn !== undefined && overdrawn.length > 0 && { d: [...overdrawn] }),
  };
}

/** The change that `toChangeItem` wrote. */
export function fromChangeItem(item: ChangeItem): Change {
  return {
    kind: item.k,
    operationId: item.o,
    keyed: item.y === 1,
    fingerprint: item.f,
    at: item.t,
    amounts: new Map(Object.entries(item.n)),
    ...(item.rt !== undefined && { resourceType: item.rt }),
    ...(item.ri !== undefined && { resourceId: item.ri }),
    ...(item.m !== undefined && { metadata: item.m }),
    ...(item.w !== undefined && { reason: item.w }),
    ...(item.h !== undefined && { reservationId: item.h }),
    ...(item.l !== undefined && { late: item.l }),
    ...(item.d !== undefined && { overdrawn: item.d }),
  };
}
