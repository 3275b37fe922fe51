import { type Redis, unknownRedis } from './redis.ts';

/**
 * Redis whose client is loaded when it is first asked: code that a function does not need at its start delays every cold start.
 *
 * @param load imports the client. When it fails, callers go on without Redis
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
