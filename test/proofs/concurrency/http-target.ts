import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountStore } from '../../../shared/adapters/dynamodb/account-store.ts';
import type { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import { sumLedger } from '../../../shared/domain/ledger.ts';
import type { Books, ConsumeOutcome, Target } from './target.ts';

export interface HttpTargetProps {
  /** Without a trailing slash. */
  readonly url: string;
  /** Key with the scope `quota`, and one with `admin`. */
  readonly serviceKey: string;
  readonly adminKey: string;
  readonly feature: string;
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly ledger: Pick<LedgerStore, 'newest'>;
}

/** How long the ledger may take to catch up before the report counts it as incomplete. */
const LEDGER_WAIT_MS = 15_000;

/** The service over HTTP; the books are read from the table behind it. */
export class HttpTarget implements Target {
  readonly name: string;
  readonly #props: HttpTargetProps;
  readonly #plans = new Set<string>();

  constructor(props: HttpTargetProps) {
    this.#props = props;
    this.name = `quota service at ${props.url}`;
  }

  async createUser(userId: string, limit: number, used: number): Promise<void> {
    const { feature } = this.#props;
    const planId = `report-${feature.toLowerCase()}-${limit}`;
    if (!this.#plans.has(planId)) {
      const allowances = [{ feature, limit, interval: 'month' }];
      await this.#admin('PUT', `/v1/plans/${planId}`, { name: 'Concurrency report', allowances });
      this.#plans.add(planId);
    }
    await this.#admin('POST', `/v1/users/${userId}/plan`, { planId });
    if (used > 0 && (await this.consume(userId, used)) !== 'accepted') {
      throw new Error(`${userId} could not be brought to ${used} of ${limit}`);
    }
  }

  async consume(userId: string, amount: number): Promise<ConsumeOutcome> {
    const { feature, serviceKey } = this.#props;
    const response = await this.#send('POST', '/v1/quota/consume', serviceKey, {
      userId,
      type: feature,
      amount,
    });
    await response.arrayBuffer();
    if (response.status === 200) return 'accepted';
    return response.status === 429 ? 'denied' : 'failed';
  }

  async books(userId: string): Promise<Books> {
    const { accounts, ledger, feature } = this.#props;
    const deadline = Date.now() + LEDGER_WAIT_MS;
    for (;;) {
      const account = await accounts.read(userId, { consistent: true });
      const entries = await ledger.newest(userId, 5_000);
      const isComplete = entries.length === account?.version;
      if (isComplete || Date.now() > deadline) {
        const units = [...sumLedger(entries)].filter(([key]) => key.startsWith(`${feature}/`));
        return {
          used: account?.counters.get(feature)?.[0]?.used ?? 0,
          ledgerUnits: units.reduce((sum, [, { used }]) => sum + used, 0),
          ledgerEntries: entries.filter(({ kind }) => kind === 'consume').length,
        };
      }
      await sleep(100);
    }
  }

  async #admin(method: string, path: string, body: unknown): Promise<void> {
    const response = await this.#send(method, path, this.#props.adminKey, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }

  #send(method: string, path: string, key: string, body: unknown): Promise<Response> {
    return fetch(this.#props.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }
}
