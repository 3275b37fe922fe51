import { invalidRequest } from '../calls/errors.ts';
import { wholeList } from '../calls/list-page.ts';
import { lineItemsOf } from '../pages/checkout.ts';
import type { Json } from '../world/previous-attributes.ts';
import type { World } from '../world/world.ts';

/** Fields that contain an id or the expanded object. */
const EXPANDABLE: ReadonlySet<string> = new Set([
  'configuration',
  'coupon',
  'customer',
  'default_payment_method',
  'default_price',
  'default_source',
  'discount',
  'invoice',
  'latest_invoice',
  'latest_revision',
  'on_behalf_of',
  'payment_intent',
  'payment_link',
  'pending_setup_intent',
  'price',
  'product',
  'schedule',
  'setup_intent',
  'subscription',
]);

const MAX_DEPTH = 4;

type JsonObject = { [name: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const copyOf = (object: object): Json => JSON.parse(JSON.stringify(object));

/** Serializes a response, with objects in place of the ids that the caller expands. */
export function serializeExpanded(world: World, response: object, paths: readonly string[]): string {
  if (paths.length === 0) return JSON.stringify(response, null, 2);
  const copy = copyOf(response);
  for (const path of paths) {
    const names = path.split('.');
    if (names.length > MAX_DEPTH) {
      throw invalidRequest(
        `You cannot expand more than ${MAX_DEPTH} levels of a property. Property: ${path}`,
      );
    }
    expandPath(world, copy, names, path);
  }
  return JSON.stringify(copy, null, 2);
}

function expandPath(world: World, node: Json, [name, ...rest]: readonly string[], path: string): void {
  if (name === undefined || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) expandPath(world, item, [name, ...rest], path);
    return;
  }
  if (!isObject(node)) return;
  const value = node[name] ?? included(world, node, name);
  const isId = typeof value === 'string' && EXPANDABLE.has(name);
  const found = isId ? lookUp(world, value) : undefined;
  const isEmpty = value === null && (EXPANDABLE.has(name) || rest.length > 0);
  if (value === undefined || (found === undefined && !isEmpty && typeof value !== 'object')) {
    throw invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand' });
  }
  const expanded = found ? copyOf(found) : value;
  node[name] = expanded;
  expandPath(world, expanded, rest, path);
}

/** Returns a field that objects contain only when expanded. */
function included(world: World, node: JsonObject, name: string): Json | undefined {
  const id = String(node.id);
  if (name in node) return null;
  if (node.object === 'checkout.session' && name === 'line_items') {
    const session = world.checkoutSessions.get(id);
    return session && copyOf(lineItemsOf(world, session));
  }
  if (node.object === 'invoice' && name === 'payments') {
    const payments = [...world.invoicePayments.inGroup(id).newestFirst()];
    return copyOf(wholeList(payments, `/v1/invoice_payments?invoice=${id}`));
  }
  if (node.object === 'customer' && name === 'subscriptions') {
    const running = [...world.subscriptions.inGroup(id).newestFirst()].filter(
      ({ ended_at }) => ended_at === null,
    );
    return copyOf(wholeList(running, `/v1/customers/${id}/subscriptions`));
  }
  return undefined;
}

function lookUp(world: World, id: string): object | undefined {
  if (world.deletedCustomers.has(id)) return { id, object: 'customer', deleted: true };
  const collections = [
    world.customers,
    world.subscriptions,
    world.invoices,
    world.coupons,
    world.discounts,
    world.paymentMethods,
    world.prices,
    world.products,
  ];
  for (const collection of collections) {
    const found = collection.get(id);
    if (found) return found;
  }
  return undefined;
}
