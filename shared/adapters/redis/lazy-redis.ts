import { type Redis, unknownRedis } from './redis.ts';

/**
 * Redis whose client is loaded on the first call: unneeded code delays every cold start.
 *
 * @param load imports the client. When it fails, callers continue without Redis
 */
export function lazyRedis(load: () => Promise<Redis>): Redis {
  let loading: Promise<Redis> | undefined;
  return {
    async ask(send) {
      loading ??= load().catch(() => unknownRedis);
      return (await loading).ask(send);
    },
  };
}
