import type Stripe from 'stripe';
import type { Collection } from '../world/collection.ts';
import type { Call } from './call.ts';
import { invalidRequest } from './errors.ts';

interface Searched {
  readonly id: string;
  readonly metadata: Stripe.Metadata;
}

/** The simulated part of the query language: one exact match of a metadata key. */
const CLAUSE = /^metadata\[(["'])(?<key>[^"']+)\1\]:(["'])(?<value>(?:[^"'\\]|\\.)*)\3$/;
const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/**
 * Returns a page of search results, newest first. Stripe indexes a change within a minute, this one at once.
 */
export function searchPage<T extends Searched>(
  { params }: Call,
  collection: Collection<T>,
  url: string,
): Stripe.ApiSearchResult<T> {
  const query = params.requiredText('query');
  const limit = Math.min(params.integer('limit') ?? DEFAULT_LIMIT, MAX_LIMIT);
  const page = params.text('page');
  params.done();
  const { key = '', value = '' } = CLAUSE.exec(query)?.groups ?? {};
  if (key === '') {
    throw invalidRequest(`We were unable to parse your search query: ${query}`, { param: 'query' });
  }
  const wanted = value.replaceAll(/\\(.)/g, '$1');
  const found = [...collection.oldestFirst()].filter(({ metadata }) => metadata[key] === wanted).reverse();
  const from = page === undefined ? 0 : found.findIndex(({ id }) => id === page) + 1;
  const data = found.slice(from, from + limit);
  const has_more = from + limit < found.length;
  return {
    object: 'search_result',
    data,
    has_more,
    next_page: has_more ? (data.at(-1)?.id ?? null) : null,
    url,
  };
}
