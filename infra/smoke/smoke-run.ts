import { randomUUID } from 'node:crypto';
import { PROBES } from '../../shared/contract.ts';

/**
 * The keys that a run creates: `caller` has every scope, `reader` the scope `read`, `revoked` is revoked at
 * once.
 */
export type MadeKey = 'caller' | 'reader' | 'revoked';

/** Values that steps store for later ones. */
interface Values {
  reservationId: string;
  plan: {
    readonly id: string;
    readonly version: number;
    readonly name: string;
    readonly allowances: readonly object[];
  };
  planTag: string;
  jobRunId: string;
}

/** One run: its user, its keys, and what its steps learned. */
export class SmokeRun {
  readonly url: string;
  /** The key that the operator gave. */
  readonly operatorKey: string;
  readonly userId = `${PROBES.userPrefix}smoke-${randomUUID()}`;
  /** A key for the steps that send an operation twice. */
  readonly idempotencyKey = randomUUID();
  readonly #keys = new Map<MadeKey, { readonly key: string; readonly keyId: string }>();
  readonly #values: Partial<Values> = {};

  constructor({ url, key }: { readonly url: string; readonly key: string }) {
    this.url = url;
    this.operatorKey = key;
  }

  addKey(name: MadeKey, made: { readonly key: string; readonly keyId: string }): void {
    this.#keys.set(name, made);
  }

  get keyCount(): number {
    return this.#keys.size;
  }

  /** @throws Error if the key was not created */
  key(name: MadeKey): string {
    return this.#made(name).key;
  }

  keyId(name: MadeKey): string {
    return this.#made(name).keyId;
  }

  set<N extends keyof Values>(name: N, value: Values[N]): void {
    this.#values[name] = value;
  }

  /** @throws Error if the step that provides it failed */
  get<N extends keyof Values>(name: N): Values[N] {
    const value = this.#values[name];
    if (value === undefined) throw new Error(`not sent: an earlier step did not return the ${name}`);
    return value;
  }

  #made(name: MadeKey) {
    const made = this.#keys.get(name);
    if (!made) throw new Error(`not sent: the key "${name}" was not created`);
    return made;
  }
}
