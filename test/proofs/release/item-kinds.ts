import { PARTITIONS } from '../../../shared/contract.ts';

const user = PARTITIONS.user;
const DATE = String.raw`\d{4}-\d{2}-\d{2}`;
const INSTANT = String.raw`${DATE}T[\d:.]+Z`;
const VERSION = String.raw`\d{12}`;

/** The keys of every kind of item: its partition's prefix, and a pattern of the sort key. */
const KINDS = {
  account: [user, 'ACCOUNT'],
  'ledger entry': [user, `LEDGER#${VERSION}`],
  'checkpoint of a ledger': [user, 'CHECKPOINT'],
  'operation record': [user, 'OPERATION#.+'],
  'usage of a day': [user, `USAGE#\\w+#${DATE}`],
  'usage of a period': [user, `USAGE#\\w+#\\w+#${INSTANT}`],
  subscription: [user, 'SUBSCRIPTION'],
  'former subscription': [user, `SUBSCRIPTION#${INSTANT}#${VERSION}`],
  payment: [user, `PAYMENT#${INSTANT}#.+`],
  customers: [user, 'CUSTOMERS'],
  alert: [user, `ALERT#${INSTANT}#\\w+\\.\\w+#\\w+`],
  'alert that was raised again': [user, `ALERT#${INSTANT}#\\w+\\.\\w+#\\w+#${VERSION}`],
  'newest plan': [PARTITIONS.plan, 'CURRENT'],
  'version of a plan': [PARTITIONS.plan, String.raw`VERSION#\d+`],
  'entry of the list of plans': [PARTITIONS.planList, String.raw`\w+`],
  price: [PARTITIONS.price, 'PRICE'],
  'API key': [PARTITIONS.apiKey, 'KEY'],
  'bucket of a rate limit': [PARTITIONS.rateBucket, String.raw`\w+`],
  'first key': [PARTITIONS.firstKey, 'FIRST_KEY'],
  'owner of a Stripe id': [PARTITIONS.stripeId, 'MAP'],
  'Stripe event': [PARTITIONS.stripeEvent, 'CLAIM'],
  'cursor of the sync': [PARTITIONS.stripeSync, 'CURSOR'],
  'run of a job': [PARTITIONS.job, 'RUN#.+'],
  'claim of a job': [PARTITIONS.job, 'CLAIM(#.+)?'],
  'shards of a day': [PARTITIONS.day, DATE],
  'unpublished event': [PARTITIONS.outbox, 'EVENT'],
  'progress of the archive': [PARTITIONS.archive, 'PROGRESS'],
  layout: [PARTITIONS.layout, 'LAYOUT'],
} as const satisfies Record<string, readonly [prefix: string, sortKey: string]>;

export const ITEM_KINDS: readonly string[] = Object.keys(KINDS);

/** The kind of an item; `undefined` for none of the known ones. */
export function kindOf(pk: string, sk: string): string | undefined {
  const found = Object.entries(KINDS).find(
    ([, [prefix, sortKey]]) => pk.startsWith(prefix) && new RegExp(`^${sortKey}$`).test(sk),
  );
  return found?.[0];
}
