import { inject } from 'vitest';
import { type SeededApi, seedApi } from './seed-api.ts';
import { createTestTable } from './table.ts';

export type { SeededApi };

/**
 * The handlers over a fresh table, seeded as after a deployment. One per test file: its settings are the
 * process's.
 *
 * @param redis the functions' Redis
 */
export async function createSeededApi(redis = inject('redisOfFunctions')): Promise<SeededApi> {
  return seedApi(await createTestTable(), redis);
}
