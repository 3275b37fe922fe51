import { invalidRequest, missingParam } from '../calls/errors.ts';
import { changedMetadata } from '../calls/metadata.ts';
import type { Params } from '../calls/params.ts';
import type { StoredSubscription, StoredSubscriptionItem } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { buildItem, currentPeriod, planOf } from './subscription-object.ts';
import { checkSameInterval, readRecurringPrice } from './subscription-params.ts';

/**
 * Returns a subscription's items after a change: items with an id are changed or deleted, items without one
 * are added, others stay. Does not modify the subscription.
 */
export function readItemChanges(
  world: World,
  params: Params,
  subscription: StoredSubscription,
): StoredSubscriptionItem[] {
  const changes = (params.objects('items') ?? []).map((item) => readOne(world, item, subscription));
  const isNamed = ({ id }: StoredSubscriptionItem) => changes.some((change) => change.id === id);
  const kept = subscription.items.data.flatMap((item) =>
    isNamed(item)
      ? changes.flatMap(({ id, item: changed }) => (id === item.id && changed ? [changed] : []))
      : [item],
  );
  const added = changes.flatMap(({ id, item }) => (id === undefined && item ? [item] : []));
  const items = [...kept, ...added];
  if (items.length === 0) {
    throw invalidRequest('A subscription must have at least one active plan.', { param: 'items' });
  }
  checkSameInterval(items.map(({ price }) => price));
  return items;
}

interface ItemChange {
  /** Undefined for a new item. */
  readonly id: string | undefined;
  /** Null for a deleted item. */
  readonly item: StoredSubscriptionItem | null;
}

function readOne(world: World, params: Params, subscription: StoredSubscription): ItemChange {
  const id = params.text('id');
  const isDeleted = params.boolean('deleted') ?? false;
  const price = readRecurringPrice(world, params);
  const quantity = params.integer('quantity');
  const metadata = params.metadata();
  if (id === undefined) {
    if (!price) throw missingParam(params.nameOf('price'));
    if (subscription.items.data.some((item) => item.price.id === price.id)) {
      throw invalidRequest(`Cannot add multiple subscription items with the same plan: \`${price.id}\``, {
        param: params.nameOf('price'),
      });
    }
    const now = world.main.now();
    const newItem = { price, quantity: quantity ?? 1, metadata: changedMetadata({}, metadata) };
    const item = buildItem(world, subscription.id, newItem, currentPeriod(subscription), now);
    return { id, item };
  }
  const item = subscription.items.data.find((candidate) => candidate.id === id);
  if (!item)
    throw invalidRequest(`No such subscription item: '${id}'`, {
      param: params.nameOf('id'),
      code: 'resource_missing',
    });
  if (isDeleted) return { id, item: null };
  const next = price ?? item.price;
  return {
    id,
    item: {
      ...item,
      price: next,
      plan: planOf(next),
      quantity: quantity ?? item.quantity,
      metadata: changedMetadata(item.metadata, metadata),
    },
  };
}
