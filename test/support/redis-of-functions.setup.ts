import type { TestProject } from 'vitest/node';
import { serveLocally } from './local-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The functions' Redis, with an empty `url` for none; `null`: each test sets it. */
    redisOfFunctions: { readonly url: string; readonly token: string } | null;
  }
}

/**
 * `TEST_REDIS` selects the functions' Redis: `none`, or `hung`, which accepts every call and answers none.
 * Every suite but that of locks and caches has to pass with either (`npm run test:without-redis`).
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { TEST_REDIS: mode = '' } = process.env;
  if (!['', 'none', 'hung'].includes(mode))
    throw new Error(`TEST_REDIS is none, hung or unset, not "${mode}"`);
  if (mode !== 'hung') {
    project.provide('redisOfFunctions', mode === 'none' ? { url: '', token: '' } : null);
    return undefined;
  }
  const silent = await serveLocally(() => {});
  project.provide('redisOfFunctions', { url: silent.url, token: 'nobody-asks' });
  return silent.stop;
}
