import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AccountStore } from '../../shared/adapters/account-store.ts';
import { ApiKeyStore } from '../../shared/adapters/api-key-store.ts';
import { DueIndex } from '../../shared/adapters/due-index.ts';
import { createDynamoDb, type Table } from '../../shared/adapters/dynamodb.ts';
import { FirstKeysSecret } from '../../shared/adapters/first-keys-secret.ts';
import { LedgerStore } from '../../shared/adapters/ledger-store.ts';
import { PlanStore } from '../../shared/adapters/plan-store.ts';
import { TableProbe } from '../../shared/adapters/table-probe.ts';
import { UsageStore } from '../../shared/adapters/usage-store.ts';
import { ENV } from '../../shared/contract.ts';
import { ShapeMemory } from '../../shared/usecases/shape-memory.ts';
import { env, readSeedEnv } from './env.ts';

/**
 * The only place that makes clients and stores. Each is made when first asked for and lives as long as the
 * environment: plain functions, so that a bundle carries only what its handler asks for.
 */

const made = new Map<string, unknown>();

function once<T>(name: string, make: () => T): T {
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as T; // set by the same name's own factory
}

/** Epoch ms. */
export const now = (): number => Date.now();

const clock = {
  now,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

function table(): Table {
  return once('table', () => ({ client: createDynamoDb(), name: env[ENV.tableName] }));
}

/** Everything that verbs on accounts need. */
export function quotaDeps() {
  return once('quotaDeps', () => ({
    ...clock,
    accounts: new AccountStore(table()),
    ledger: new LedgerStore(table()),
    shapes: new ShapeMemory(),
    plans: planStore(),
    defaultPlanId: env[ENV.defaultPlanId],
  }));
}

export function usageDeps() {
  return once('usageDeps', () => ({ ...quotaDeps(), usage: new UsageStore(table()) }));
}

/** What the projector writes with. */
export function projectorDeps() {
  return once('projectorDeps', () => ({ ...usageDeps(), now }));
}

export function sweepDeps() {
  return once('sweepDeps', () => ({ ...quotaDeps(), dueIndex: new DueIndex(table()) }));
}

export function planDeps() {
  return once('planDeps', () => ({ now, plans: planStore() }));
}

export function apiKeyDeps() {
  return once('apiKeyDeps', () => ({ now, apiKeys: new ApiKeyStore(table()) }));
}

export function seedDeps() {
  return once('seedDeps', () => ({
    ...planDeps(),
    ...apiKeyDeps(),
    firstKeys: new FirstKeysSecret(new SecretsManagerClient(), readSeedEnv()[ENV.firstKeysSecretArn]),
  }));
}

export function tableProbe(): TableProbe {
  return once('tableProbe', () => new TableProbe(table()));
}

function planStore(): PlanStore {
  return once('planStore', () => new PlanStore(table(), now));
}
