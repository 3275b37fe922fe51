import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Entry } from '../../../shared/contract.ts';
import type { InvocationReport } from './bundle-process.ts';

/**
 * An execution environment of a deployed bundle that is frozen between invocations, as Lambda freezes it: by
 * SIGSTOP, which stops its timers and its event loop, while its peers and the wall clock continue.
 */
export class FrozenFunction {
  readonly #child: ChildProcess;
  readonly #ready: Promise<unknown>;

  /**
   * @param bundles the folder with `<entry>/index.mjs`
   * @param variables on top of this process's environment
   */
  constructor(bundles: string, entry: Entry, variables: Readonly<Record<string, string>>) {
    const file = join(import.meta.dirname, 'bundle-process.ts');
    this.#child = fork(file, [join(bundles, entry, 'index.mjs'), entry], {
      env: { ...process.env, ...variables },
      execArgv: [],
      // Without its log.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#ready = once(this.#child, 'message');
  }

  /** Resolves after init. */
  async ready(): Promise<void> {
    await this.#ready;
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Invokes the function and thaws it: the event and what happened meanwhile arrive at the same moment. */
  async invoke(event: unknown): Promise<InvocationReport> {
    const answered = once(this.#child, 'message');
    this.#child.send(Object(event));
    this.#child.kill('SIGCONT');
    const [report] = await answered;
    return report;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
