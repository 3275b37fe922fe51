import { createHash } from 'node:crypto';
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';

/** Items that schedules write, independent of callers. */
const OWN_CLOCK = /^(JOB#|STRIPE_SYNC|STRIPE_EVENT#)/;

/** A digest of every item of a table except those that schedules write. */
export async function tableDigest(client: DynamoDBDocumentClient, TableName: string): Promise<string> {
  const items: string[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey }));
    for (const item of page.Items ?? []) {
      if (!OWN_CLOCK.test(String(item.pk))) items.push(JSON.stringify(item, byName));
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return createHash('sha256').update(items.sort().join('\n')).digest('hex');
}

/** Stored maps have no order. */
function byName(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (value instanceof Set) return [...value].sort();
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
