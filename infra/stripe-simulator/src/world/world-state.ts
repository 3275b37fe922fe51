import { type ScheduledTask, Timeline } from '../time/timeline.ts';
import { Collection } from './collection.ts';
import { Ids } from './ids.ts';
import type { World } from './world.ts';

/** Fields that the start of a simulator sets. They are not saved. */
const TRANSIENT_FIELDS: ReadonlySet<string> = new Set([
  'settings',
  'baseUrl',
  'request',
  'isQuiet',
  'onEvent',
  'onDeliveryDue',
  'onChange',
] satisfies (keyof World)[]);

type State = Record<string, unknown>;

/**
 * Returns the world as values for `v8.serialize`. Shared objects stay shared: a price in a subscription is
 * the price of the catalogue.
 *
 * @throws Error for a field of a type that cannot be saved
 */
export function worldState(world: World): State {
  return Object.fromEntries(keptFields(world).map(([name, field]) => [name, save(name, field)]));
}

/**
 * Restores a saved state in a new world. Fields that the state lacks keep their initial values.
 *
 * @throws Error if the state has a field that the world lacks, or one of another type
 */
export function restoreWorld(world: World, { testClocks, testTasks, ...state }: State): void {
  // `testClocks` and `testTasks` are fields of older files.
  const fields = new Map(keptFields(world));
  for (const [name, saved] of Object.entries(state)) {
    if (!fields.has(name)) throw new Error(`the simulator has no ${name}`);
    const field = fields.get(name);
    // Numbers and texts are replaced; collections receive the saved values.
    if (Object(field) === field) restore(field, saved);
    else Object.assign(world, { [name]: saved });
  }
}

function keptFields(world: World): [string, unknown][] {
  return Object.entries(world).filter(([name]) => !TRANSIENT_FIELDS.has(name));
}

function save(name: string, field: unknown): unknown {
  if (field instanceof Collection) return [...field.oldestFirst()];
  if (field instanceof Timeline) return field.scheduled();
  if (field instanceof Ids) return field.state;
  if (field instanceof Map || field instanceof Set || Array.isArray(field)) return field;
  if (typeof field === 'number' || typeof field === 'string') return field;
  throw new Error(`${name} of the simulated world cannot be saved`);
}

/** The casts match what {@link save} returns for each type; other content throws. */
function restore(field: unknown, saved: unknown): void {
  if (field instanceof Collection) for (const item of saved as { id: string }[]) field.add(item);
  else if (field instanceof Timeline)
    for (const { at, ...task } of saved as ScheduledTask[]) field.schedule(task, at);
  else if (field instanceof Ids) field.state = saved as Ids['state'];
  else if (field instanceof Map)
    for (const [key, value] of saved as Map<unknown, unknown>) field.set(key, value);
  else if (field instanceof Set) for (const value of saved as Set<unknown>) field.add(value);
  else if (Array.isArray(field)) field.push(...(saved as unknown[]));
}
