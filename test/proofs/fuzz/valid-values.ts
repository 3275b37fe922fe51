import * as fc from 'fast-check';
import type { SeededRandom } from 'stripe-simulator/seeded-random';
import type { FuzzRoutes, Schema } from './routes.ts';

const POOL = 64;
const MAX_ENTRIES = 4;
/** A placeholder for the last reservation of the request's user. */
export const LIVE_RESERVATION = 'live-reservation';

/** Values that exist in a fresh deployment: with others alone nearly every request would end at "no such". */
const MEANINGFUL: Readonly<Record<string, readonly unknown[]>> = {
  userId: Array.from({ length: 100 }, (_, index) => `fuzz-${index}`),
  type: ['aiRequest', 'upload', 'storage'],
  feature: ['aiRequest', 'upload', 'storage'],
  planId: ['free', 'pro', 'enterprise'],
  reservationId: [LIVE_RESERVATION],
  amount: [1, 2, 10],
  timeZone: ['UTC', 'Europe/Berlin', 'Pacific/Kiritimati'],
  expiresAt: ['2040-01-01T00:00:00Z'],
  successUrl: ['https://app.example.com/paid'],
  cancelUrl: ['https://app.example.com/plans'],
  returnUrl: ['https://app.example.com/billing'],
};
const MEANINGFUL_SHARE = 0.8;
const OPTIONAL_SHARE = 0.5;

/** Makes values that fit a schema, the same for the same random numbers. */
export class ValidValues {
  readonly #routes: FuzzRoutes;
  readonly #seed: number;
  /** Making a string from a pattern is slow, so a pool of each is made once. */
  readonly #pools = new Map<string, readonly string[]>();

  constructor(routes: FuzzRoutes, seed: number) {
    this.#routes = routes;
    this.#seed = seed;
  }

  make(schema: Schema, random: SeededRandom, name = ''): unknown {
    const meaningful = MEANINGFUL[name];
    if (meaningful && random.chance(MEANINGFUL_SHARE)) return pick(meaningful, random);
    const { anyOf, enum: names, type, minimum, maximum, ...rest } = this.#routes.resolve(schema);
    if (anyOf) return this.make(pick(anyOf, random), random, name);
    if (names) return pick(names, random);
    switch (typeof type === 'string' ? type : pick(type ?? ['null'], random)) {
      case 'string':
        return this.#string(rest, random);
      case 'integer':
      case 'number':
        return integer(minimum ?? -1_000, maximum ?? 1_000, random);
      case 'boolean':
        return random.chance(0.5);
      case 'array':
        return this.#array(rest, random, name);
      case 'object':
        return this.#object(rest, random);
      default:
        return null;
    }
  }

  #object(
    { properties = {}, required = [], additionalProperties, propertyNames }: Schema,
    random: SeededRandom,
  ) {
    const object: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(properties)) {
      if (required.includes(name) || random.chance(OPTIONAL_SHARE))
        object[name] = this.make(schema, random, name);
    }
    if (additionalProperties && propertyNames) {
      for (let left = random.below(MAX_ENTRIES); left > 0; left -= 1) {
        object[String(this.make(propertyNames, random))] = this.make(additionalProperties, random);
      }
    }
    return object;
  }

  #array({ items = {}, minItems = 0, maxItems = MAX_ENTRIES }: Schema, random: SeededRandom, name: string) {
    const length = minItems + random.below(Math.min(maxItems, MAX_ENTRIES) - minItems + 1);
    return Array.from({ length }, () => this.make(items, random, name === 'types' ? 'type' : ''));
  }

  #string({ pattern, examples = [] }: Schema, random: SeededRandom): string {
    if (pattern === undefined) return String(pick(examples.length > 0 ? examples : ['text'], random));
    const pool = this.#pools.get(pattern) ?? makePool(pattern, this.#seed);
    this.#pools.set(pattern, pool);
    return pick(pool, random);
  }
}

export function pick<T>(list: readonly T[], random: SeededRandom): T {
  const index = random.below(list.length);
  if (index >= list.length) throw new Error('nothing to pick from');
  return list[index] as T; // the index is in the list
}

/** Every third at a bound. */
function integer(least: number, most: number, random: SeededRandom): number {
  const kind = random.below(6);
  if (kind === 0) return least;
  if (kind === 1) return most;
  return least + random.below(Math.min(most - least + 1, 1_000));
}

function makePool(pattern: string, seed: number): readonly string[] {
  const expression = new RegExp(pattern, 'u');
  // A class of all but invisible characters would give mostly unassigned ones.
  const arbitrary = pattern.startsWith('^[^')
    ? fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    : fc.stringMatching(expression);
  const made = fc.sample(arbitrary, { seed, numRuns: POOL });
  return made.filter((text) => expression.test(text));
}
