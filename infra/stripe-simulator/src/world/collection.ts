/** A request for a page of a list. Ids name objects of the collection. */
export interface PageRequest<T> {
  readonly limit: number;
  readonly startingAfter?: string | undefined;
  readonly endingBefore?: string | undefined;
  readonly matches?: (item: T) => boolean;
  /** Whether neither this item nor an older one can match, so that the walk ends. */
  readonly isPast?: (item: T) => boolean;
}

export interface Page<T> {
  /** Newest first. */
  readonly items: T[];
  readonly hasMore: boolean;
}

/**
 * Objects in the order of creation, found by id. A page costs the items it returns and skips, not the size.
 */
export class Collection<T extends { readonly id: string }> {
  readonly #items: (T | undefined)[] = [];
  /** All items before this index were removed, as expired ones are. */
  #first = 0;
  readonly #positions = new Map<string, number>();
  readonly #groupOf: ((item: T) => string | null) | undefined;
  readonly #groups = new Map<string, Collection<T>>();

  /** @param groupOf the group in which an object is also listed; must not change */
  constructor(groupOf?: (item: T) => string | null) {
    this.#groupOf = groupOf;
  }

  get size(): number {
    return this.#positions.size;
  }

  add(item: T): void {
    this.#positions.set(item.id, this.#items.length);
    this.#items.push(item);
    const group = this.#groupOf?.(item);
    if (group) this.#ofGroup(group).add(item);
  }

  get(id: string): T | undefined {
    const position = this.#positions.get(id);
    return position === undefined ? undefined : this.#items[position];
  }

  remove(id: string): void {
    const position = this.#positions.get(id);
    const item = this.get(id);
    if (position === undefined || !item) return;
    this.#items[position] = undefined;
    this.#positions.delete(id);
    while (this.#first < this.#items.length && this.#items[this.#first] === undefined) this.#first++;
    const group = this.#groupOf?.(item);
    if (group) this.#ofGroup(group).remove(id);
  }

  /** Returns the objects of a group; an empty collection if it has none. */
  inGroup(group: string): Collection<T> {
    return this.#groups.get(group) ?? new Collection<T>();
  }

  *oldestFirst(): Generator<T> {
    for (let index = this.#first; index < this.#items.length; index++) {
      const item = this.#items[index];
      if (item) yield item;
    }
  }

  *newestFirst(): Generator<T> {
    for (let index = this.#items.length - 1; index >= this.#first; index--) {
      const item = this.#items[index];
      if (item) yield item;
    }
  }

  page(request: PageRequest<T>): Page<T> {
    const { limit, startingAfter, endingBefore, matches = () => true, isPast = () => false } = request;
    const towardsNewer = endingBefore !== undefined;
    const step = towardsNewer ? 1 : -1;
    const cursor = this.#positions.get(endingBefore ?? startingAfter ?? '') ?? this.#items.length;
    const found: T[] = [];
    for (let index = cursor + step; index >= this.#first && index < this.#items.length; index += step) {
      const item = this.#items[index];
      if (!item) continue;
      if (!towardsNewer && isPast(item)) break;
      if (matches(item)) found.push(item);
      if (found.length > limit) break;
    }
    const items = found.slice(0, limit);
    return { items: towardsNewer ? items.reverse() : items, hasMore: found.length > limit };
  }

  #ofGroup(group: string): Collection<T> {
    const known = this.#groups.get(group);
    if (known) return known;
    const made = new Collection<T>();
    this.#groups.set(group, made);
    return made;
  }
}
