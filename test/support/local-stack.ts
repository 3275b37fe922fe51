import { afterAll, beforeAll, expect, inject } from 'vitest';
import { readAssembly } from '../../infra/local/assembly/read-assembly.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/local-stack.ts';
import type { LocalStackOptions } from '../../infra/local/local-stack-options.ts';
import { type RoleGuard, startRoleGuard } from './roles/role-guard.ts';

/**
 * Runs the whole stack for a test file, on its own ports and table. Call it once, at the top. A request to
 * the table that a function's role does not allow is refused, and fails the file.
 *
 * @returns the running stack, from the first test on
 * @example
 * const stack = useLocalStack();
 * test('health needs no key', async () => {
 *   expect((await fetch(`${stack().url}/health`)).status).toBe(200);
 * });
 */
export function useLocalStack(options: LocalStackOptions = {}): () => LocalStack {
  return useGuardedStack(options).stack;
}

/** The same, with the role guard of its table. */
export function useGuardedStack(options: LocalStackOptions = {}): {
  stack: () => LocalStack;
  guard: () => RoleGuard;
} {
  let stack: LocalStack | undefined;
  let guard: RoleGuard | undefined;
  beforeAll(async () => {
    const redis = inject('redisOfFunctions');
    const assemblyFolder = options.assemblyFolder ?? inject('assemblyFolder');
    const assembly = await readAssembly(assemblyFolder);
    const detour = async (service: string, url: string) => {
      if (service !== 'dynamodb') return url;
      guard = await startRoleGuard(url, assembly);
      return guard.url;
    };
    stack = await startLocalStack({ assemblyFolder, detour, ...(redis && { redis }), ...options });
  });
  afterAll(async () => {
    await stack?.stop();
    await guard?.stop();
    expect(guard?.denied ?? []).toEqual([]);
  });
  return { stack: () => running(stack), guard: () => running(guard) };
}

function running<T>(it: T | undefined): T {
  if (it === undefined) throw new Error('The local stack runs from the first test on');
  return it;
}
