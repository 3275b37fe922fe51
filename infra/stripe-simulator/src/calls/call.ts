import type { World } from '../world/world.ts';
import type { Params } from './params.ts';

/** One API call, as its handler sees it. */
export interface Call {
  readonly world: World;
  readonly params: Params;
  /** The part of the path that names an object; empty where there is none. */
  readonly id: string;
}

/** Answers with an object, expanded and written later on; refuses by an ApiError. */
export type Handler = (call: Call) => object;

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As in `/v1/customers/:id`. */
  readonly path: string;
  readonly handle: Handler;
}
