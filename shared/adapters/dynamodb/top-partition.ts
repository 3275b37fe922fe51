import { createHash } from 'node:crypto';
import { INDEX } from '../../contract.ts';

/** The shard of the index *top* with all of a user's entries. */
export function topShard(userId: string): number {
  return createHash('sha256').update(userId).digest().readUInt32BE(4) % INDEX.top.shards;
}

/** Usage of a feature on a day (`2026-11-22`, UTC), and in the period that ends at `periodEnd` (epoch ms). */
export function daySubject(feature: string, date: string): string {
  return `${feature}#day#${date}`;
}
export function periodSubject(feature: string, interval: string, periodEnd: number): string {
  return `${feature}#${interval}#${new Date(periodEnd).toISOString()}`;
}

/** Alerts that were raised on a day; the index sorts them by the moment. */
export function alertSubject(date: string): string {
  return `ALERT#${date}`;
}

/** A partition of the index *top*: one shard of a subject. */
export function topPartition(subject: string, shard: number): string {
  return `${subject}#${shard}`;
}
