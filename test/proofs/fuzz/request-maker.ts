import { SeededRandom } from 'stripe-simulator/seeded-random';
import type { FuzzRequest } from './fuzz-request.ts';
import { JSON_MUTATIONS } from './json-mutations.ts';
import { REQUEST_MUTATIONS } from './request-mutations.ts';
import type { FuzzRoute, FuzzRoutes } from './routes.ts';
import { pick, ValidValues } from './valid-values.ts';

/** One case, reproducible by its number and the seed. */
export interface FuzzCase {
  readonly number: number;
  readonly route: FuzzRoute;
  readonly request: FuzzRequest;
  /** The mutations of a valid request; empty: none. */
  readonly mutations: readonly string[];
}

/** Fractions. Valid requests reach the table, which is slow. */
const LEFT_VALID = 0.2;
const FITTING_SHARE = 0.03;
/** A long run adds only requests to be refused. */
const MAX_FITTING = 10_000;
const SPOILT_TWICE = 0.3;
/** Relative frequency of routes without possible errors. */
const PLAIN_ROUTE = 0.02;

/** Most requests should fail for their content, not for their caller. */
const EVERYTHING_SHARE = 0.94;
const OTHER_CALLERS = ['nobody', 'no scope', 'another user'] as const;

/** Makes requests from the document: by schema, then mutated in one way or more. */
export class RequestMaker {
  readonly #values: ValidValues;
  readonly #routes: FuzzRoutes;
  readonly #seed: number;
  readonly #fittingShare: number;

  /** @param cases the total number */
  constructor(routes: FuzzRoutes, seed: number, cases: number) {
    this.#fittingShare = Math.min(FITTING_SHARE, MAX_FITTING / cases);
    this.#routes = routes;
    this.#seed = seed;
    this.#values = new ValidValues(routes, seed);
  }

  /** @param isRefusable most requests that are not are skipped: they reach the table */
  make(number: number, isRefusable: (route: FuzzRoute, request: FuzzRequest) => boolean): FuzzCase {
    const random = new SeededRandom(Math.imul(this.#seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
    for (;;) {
      const one = { number, ...this.#draw(random) };
      if (isRefusable(one.route, one.request) || random.chance(this.#fittingShare)) return one;
    }
  }

  #draw(random: SeededRandom): Omit<FuzzCase, 'number'> {
    const route = this.#pickRoute(random);
    const valid = this.#validRequest(route, random);
    if (random.chance(LEFT_VALID)) return { route, request: valid, mutations: [] };
    const rounds = random.chance(SPOILT_TWICE) ? 2 : 1;
    let spoilt: Pick<FuzzCase, 'request' | 'mutations'> = { request: valid, mutations: [] };
    for (let round = 0; round < rounds; round += 1) spoilt = spoil(spoilt, random);
    return { route, ...spoilt };
  }

  #pickRoute(random: SeededRandom): FuzzRoute {
    for (;;) {
      const route = pick(this.#routes.all, random);
      const isPlain = !route.path && !route.query && !route.body && route.route.scope !== null;
      const isOpen = route.route.method === 'GET' && route.route.scope === null;
      if (!(isPlain || isOpen) || random.chance(PLAIN_ROUTE)) return route;
    }
  }

  #validRequest({ path, query, body, takesKey }: FuzzRoute, random: SeededRandom): FuzzRequest {
    const made = (schema: typeof path) => Object(schema ? this.#values.make(schema, random) : {});
    return {
      path: made(path),
      query: new URLSearchParams(made(query)).toString(),
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(takesKey && random.chance(0.3) && { 'idempotency-key': `fuzz-${random.below(1e9)}` }),
      },
      body: body && Buffer.from(JSON.stringify(made(body))),
      caller: callerOf(random),
    };
  }
}

function callerOf(random: SeededRandom): FuzzRequest['caller'] {
  return random.chance(EVERYTHING_SHARE) ? 'everything' : pick(OTHER_CALLERS, random);
}

function spoil(
  { request, mutations }: Pick<FuzzCase, 'request' | 'mutations'>,
  random: SeededRandom,
): Pick<FuzzCase, 'request' | 'mutations'> {
  const value = random.chance(0.75) ? jsonIn(request) : undefined;
  if (value === undefined) {
    const [name, mutate] = pick(Object.entries(REQUEST_MUTATIONS), random);
    return { request: mutate(request, random), mutations: [...mutations, name] };
  }
  const [name, mutate] = pick(Object.entries(JSON_MUTATIONS), random);
  const { text, flaw } = mutate(value, random);
  const spoilt = { ...request, body: Buffer.from(text), ...(flaw !== undefined && { flaw }) };
  return { request: spoilt, mutations: [...mutations, name] };
}

/** The JSON value of a body, if it is still one. */
function jsonIn({ body, flaw }: FuzzRequest): unknown {
  // Nesting too deep for `JSON.stringify` stays as it is.
  if (!body || flaw !== undefined || body.includes('['.repeat(100))) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
