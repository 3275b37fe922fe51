import { afterAll, beforeAll, inject } from 'vitest';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../infra/local/local-stack.ts';

/**
 * Runs the whole stack for a test file, on ports and a table of its own. Call it once, at the top.
 *
 * @returns the running stack, from the first test on
 * @example
 * const stack = useLocalStack();
 * test('health needs no key', async () => {
 *   expect((await fetch(`${stack().url}/health`)).status).toBe(200);
 * });
 */
export function useLocalStack(options: LocalStackOptions = {}): () => LocalStack {
  let stack: LocalStack | undefined;
  beforeAll(async () => {
    const redis = inject('redisOfFunctions');
    const assemblyFolder = inject('assemblyFolder');
    stack = await startLocalStack({ assemblyFolder, ...(redis && { redis }), ...options });
  });
  afterAll(() => stack?.stop());
  return () => {
    if (!stack) throw new Error('The local stack runs from the first test on');
    return stack;
  };
}
