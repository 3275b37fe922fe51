import { randomUUID } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { startRedis } from '../../infra/local/emulators/redis.ts';
import { startUpstashServer } from '../../infra/local/upstash/upstash-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    redis: { readonly url: string; readonly token: string } | { readonly missing: string };
  }
}

/**
 * One Redis for the whole suite, behind the Upstash protocol; every test uses its own keys. Without Redis
 * only the tests that need it fail: the service has to work without.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  try {
    const redis = await startRedis({ report: console.log });
    const token = randomUUID();
    const server = await startUpstashServer({ redisPort: redis.port, token });
    project.provide('redis', { url: server.url, token });
    return async () => {
      await server.stop();
      await redis.stop();
    };
  } catch (error) {
    project.provide('redis', { missing: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}
