import type { Collection } from '../world/collection.ts';
import type { World } from '../world/world.ts';
import type { Call } from './call.ts';
import { noSuchObject } from './errors.ts';

/**
 * Returns a look-up of the object that a call's path names. It throws ApiError 404 if the account lacks the
 * object.
 *
 * @param kind what Stripe calls the kind of object in an error
 * @param param what Stripe calls the parameter in an error
 */
export function pathObject<T extends { readonly id: string }>(
  collectionOf: (world: World) => Collection<T>,
  kind: string,
  param?: string,
): (call: Pick<Call, 'world' | 'id'>) => T {
  return ({ world, id }) => {
    const found = collectionOf(world).get(id);
    if (!found) throw noSuchObject(kind, id, param);
    return found;
  };
}

/** Returns a handler that returns the object of its path and accepts no parameters. */
export function retrieving<T extends object>(requested: (call: Call) => T): (call: Call) => T {
  return (call) => {
    call.params.done();
    return requested(call);
  };
}
