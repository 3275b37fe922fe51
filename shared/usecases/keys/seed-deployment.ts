import type { ApiKeyStore } from '../../adapters/dynamodb/api-key-store.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import { keyIdOf } from '../../domain/api-key.ts';
import { DEFAULT_CATALOGUE } from '../../domain/plan.ts';

export interface SeedDeps {
  readonly apiKeys: Pick<ApiKeyStore, 'add' | 'updateFirst' | 'revoke' | 'firstKey' | 'saveFirstKey'>;
  readonly plans: Pick<PlanStore, 'newest' | 'saveVersion'>;
  readonly now: () => number;
}

/** A key that the deployment creates, with a unique name. */
export interface FirstKey {
  readonly name: string;
  readonly key: string;
  readonly scopes: readonly string[];
  /** The only user it may name. @default any */
  readonly userId?: string;
}

/**
 * Seeds a deployment with the first keys, and with those plans of the default catalogue that do not exist
 * yet. Idempotent but for the first keys' scopes, which are updated: a revoked key stays revoked, an edited
 * plan stays edited. A key that differs from the last deployment's replaces it, and the old one is revoked.
 *
 * @param retired names of keys that earlier deployments had, and that are revoked
 */
export async function seedDeployment(
  deps: SeedDeps,
  keys: readonly FirstKey[],
  retired: readonly string[] = [],
): Promise<void> {
  for (const key of keys) await storeFirstKey(deps, key);
  for (const name of retired) await revokeFirstKey(deps, name);
  for (const planId of Object.keys(DEFAULT_CATALOGUE)) await createPlan(deps, planId);
}

/** Ordered such that the next run completes one that died in the middle. */
async function storeFirstKey({ apiKeys, now }: SeedDeps, first: FirstKey): Promise<void> {
  const { key, ...stored } = first;
  const { name, scopes } = stored;
  const keyId = keyIdOf(key);
  const isNew = await apiKeys.add({ ...stored, keyId, isFirst: true, createdAt: now() });
  // A release may add a scope that the key of an older deployment lacks.
  if (!isNew) await apiKeys.updateFirst(keyId, scopes);
  const predecessor = await apiKeys.firstKey(name);
  if (predecessor === keyId) return;
  if (predecessor !== undefined) await apiKeys.revoke(predecessor, now());
  await apiKeys.saveFirstKey(name, keyId);
}

async function revokeFirstKey({ apiKeys, now }: SeedDeps, name: string): Promise<void> {
  const keyId = await apiKeys.firstKey(name);
  if (keyId !== undefined) await apiKeys.revoke(keyId, now());
}

async function createPlan({ plans, now }: SeedDeps, planId: string): Promise<void> {
  const content = DEFAULT_CATALOGUE[planId];
  if (!content || (await plans.newest(planId))) return;
  // `false`: a concurrent request created it, and that version stays.
  await plans.saveVersion({ id: planId, version: 1, ...content, createdAt: now() });
}
