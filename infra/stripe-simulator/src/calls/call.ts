import type { World } from '../world/world.ts';
import type { Params } from './params.ts';

/** An API call, as its handler receives it. */
export interface Call {
  readonly world: World;
  readonly params: Params;
  /** The id in the path; empty if there is none. */
  readonly id: string;
}

/** Returns an object, which is expanded and serialized later. @throws ApiError if rejected */
export type Handler = (call: Call) => object;

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Such as `/v1/customers/:id`. */
  readonly path: string;
  readonly handle: Handler;
}
