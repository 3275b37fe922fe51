import type Stripe from 'stripe';
import type { Collection } from '../world/collection.ts';
import type { Call } from './call.ts';
import { invalidRequest, noSuchReference } from './errors.ts';
import type { Params } from './params.ts';

interface ListOptions<T> {
  /** Stripe's name of the kind of object in an error. */
  readonly kind: string;
  readonly url: string;
  readonly matches?: (item: T) => boolean;
  readonly isPast?: (item: T) => boolean;
}

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/** Returns a page of a collection, newest first, for `limit`, `starting_after` and `ending_before`. */
export function listPage<T extends { readonly id: string }>(
  { params }: Call,
  collection: Collection<T>,
  { kind, url, ...filter }: ListOptions<T>,
): Stripe.ApiList<T> {
  const limit = params.integer('limit') ?? DEFAULT_LIMIT;
  const startingAfter = params.text('starting_after');
  const endingBefore = params.text('ending_before');
  params.done();
  checkLimit(limit);
  if (startingAfter !== undefined && endingBefore !== undefined) {
    throw invalidRequest('You can only specify one of these parameters: starting_after, ending_before.');
  }
  const isKnown = (id: string) => collection.get(id) !== undefined;
  checkCursor(isKnown, kind, 'starting_after', startingAfter);
  checkCursor(isKnown, kind, 'ending_before', endingBefore);
  const { items, hasMore } = collection.page({ limit, startingAfter, endingBefore, ...filter });
  return { object: 'list', data: items, has_more: hasMore, url };
}

function checkCursor(isKnown: (id: string) => boolean, kind: string, param: string, id?: string): void {
  if (id !== undefined && !isKnown(id)) throw noSuchReference(kind, id, param);
}

/** Returns a list with one page, as lists inside other objects have. */
export function wholeList<T>(data: T[], url: string): Stripe.ApiList<T> {
  return { object: 'list', data, has_more: false, url };
}

/** Returns the first page of a list inside another object; the list's URL has the others. */
export function firstPage<T>(items: readonly T[], url: string): Stripe.ApiList<T> {
  return { ...wholeList(items.slice(0, DEFAULT_LIMIT), url), has_more: items.length > DEFAULT_LIMIT };
}

/** Returns a page of a list in its own order. */
export function pageInOrder<T extends { readonly id: string }>(
  { params }: Call,
  items: readonly T[],
  { kind, url }: Pick<ListOptions<T>, 'kind' | 'url'>,
): Stripe.ApiList<T> {
  const limit = params.integer('limit') ?? DEFAULT_LIMIT;
  const startingAfter = params.text('starting_after');
  params.done();
  checkLimit(limit);
  const isKnown = (id: string) => items.some((item) => item.id === id);
  checkCursor(isKnown, kind, 'starting_after', startingAfter);
  const from = items.findIndex(({ id }) => id === startingAfter) + 1;
  const data = items.slice(from, from + limit);
  return { object: 'list', data, has_more: from + data.length < items.length, url };
}

function checkLimit(limit: number): void {
  if (limit >= 1 && limit <= MAX_LIMIT) return;
  const [word, bound] = limit < 1 ? ['greater', 1] : ['less', MAX_LIMIT];
  const message = `This value must be ${word} than or equal to ${bound} (it currently is '${limit}').`;
  throw invalidRequest(message, { param: 'limit', code: 'parameter_invalid_integer' });
}

/** A filter by time: a number, or bounds `gt`, `gte`, `lt`, `lte`. */
export interface TimeRange {
  contains(time: number): boolean;
  /** Whether this time and all earlier ones are outside. */
  isBefore(time: number): boolean;
}

export function timeRange(params: Params, name: string): TimeRange {
  const bounds = readBounds(params, name);
  const isBefore = (time: number) => time < bounds.from;
  return { contains: (time) => !isBefore(time) && time <= bounds.until, isBefore };
}

/** Both bounds included. */
function readBounds(params: Params, name: string): { from: number; until: number } {
  if (!params.has(name)) return { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
  if (params.isText(name)) {
    const exactly = params.integer(name) ?? 0;
    return { from: exactly, until: exactly };
  }
  const range = params.object(name);
  const [gt, gte, lt, lte] = ['gt', 'gte', 'lt', 'lte'].map((bound) => range?.integer(bound));
  return {
    from: Math.max(gte ?? Number.NEGATIVE_INFINITY, gt === undefined ? Number.NEGATIVE_INFINITY : gt + 1),
    until: Math.min(lte ?? Number.POSITIVE_INFINITY, lt === undefined ? Number.POSITIVE_INFINITY : lt - 1),
  };
}
