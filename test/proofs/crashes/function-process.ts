import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Entry, groupEntry, type OperationName, ROUTES } from '../../../shared/contract.ts';
import { type ApiRequest, httpEvent } from '../../support/api.ts';
import type { FaultProxy } from '../../support/fault-proxy/fault-proxy.ts';

/** The result of calls to a process killed meanwhile: their progress is unknown. */
export const KILLED = Symbol('the process was killed');

export interface FunctionProcessOptions {
  /** Between the process and the table; triggers the kill. */
  readonly proxy: FaultProxy;
  /** How far its clock is ahead of ours. @default 0 */
  readonly clockAheadMs?: number;
}

/** The functions in a separate process, with this process's current environment variables. */
export class FunctionProcess {
  readonly #child: ChildProcess;
  readonly #url: Promise<string>;

  constructor({ proxy, clockAheadMs = 0 }: FunctionProcessOptions) {
    this.#child = spawn('node', [join(import.meta.dirname, 'function-server.ts')], {
      env: {
        ...process.env,
        CLOCK_AHEAD_MS: String(clockAheadMs),
        AWS_ENDPOINT_URL_DYNAMODB: proxy.url,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#url = once(this.#child.stdout ?? this.#child, 'data').then(([port]) => {
      return `http://127.0.0.1:${String(port).trim()}`;
    });
  }

  /** Resolves when it listens. */
  async ready(): Promise<void> {
    await this.#url;
  }

  /** The function's return value, or `KILLED`. */
  async invoke(entry: Entry, event: unknown): Promise<unknown> {
    const url = await this.#url;
    try {
      const response = await fetch(`${url}/${entry}`, { method: 'POST', body: JSON.stringify(event) });
      if (!response.ok) throw new Error(`${entry} failed: ${await response.text()}`);
      return await response.json();
    } catch (error) {
      if (this.#child.killed) return KILLED;
      throw error;
    }
  }

  /** The status and body of a route's answer, or `KILLED`. */
  async call(
    operation: OperationName,
    request: ApiRequest,
  ): Promise<typeof KILLED | { readonly status: number; readonly body: Record<string, unknown> }> {
    const entry = groupEntry(ROUTES[operation].group);
    const result = await this.invoke(entry, await httpEvent(operation, request));
    if (result === KILLED) return KILLED;
    const { statusCode, body } = Object(result);
    return { status: Number(statusCode), body: Object(JSON.parse(body || '{}')) };
  }

  /** SIGKILL: it can neither finish nor clean up. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/**
 * Kills a process after `requests` more of its requests have reached the table; the last one is still
 * applied.
 */
export function killAfter(requests: number, victim: FunctionProcess, proxy: FaultProxy): void {
  let left = requests;
  proxy.follow(() => {
    left -= 1;
    if (left === 0) void victim.kill();
    return undefined;
  });
}
