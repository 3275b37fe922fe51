import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** Settings of a function's execution environment. */
export interface WorkerSettings {
  readonly functionName: string;
  readonly functionArn: string;
  /** `<module>.<export>`, as in the template. */
  readonly handler: string;
  readonly bundleFolder: string;
  readonly memoryMb: number;
  /** Shared memory of the stack's clock. @default the machine's time */
  readonly clock?: SharedArrayBuffer;
}
export interface Invocation {
  readonly requestId: string;
  /** Epoch milliseconds of the timeout. */
  readonly deadlineMs: number;
  readonly eventJson: string;
}
export type WorkerReport =
  | { kind: 'ready' }
  | { kind: 'returned'; requestId: string; resultJson: string }
  | { kind: 'threw'; requestId: string; errorType: string; errorMessage: string };

/**
 * Outcome of an invocation. `failed`: the function threw, timed out or ended; AWS calls it a function error.
 */
export type InvocationOutcome =
  | { kind: 'returned'; result: unknown }
  | { kind: 'failed'; errorType: string; errorMessage: string };

/** Lambda's limit for loading a function, not part of its timeout. */
const INIT_TIMEOUT_MS = 10_000;
/**
 * A third of V8's default: dozens of environments share this machine's memory, and each has few short-lived
 * objects.
 */
const YOUNG_GENERATION_MB = 16;

/**
 * One execution environment: a thread with the function's bundle and environment variables. Serves one
 * invocation at a time.
 */
export class LambdaEnvironment {
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  #settle: ((outcome: InvocationOutcome) => void) | undefined;
  #alive = true;

  constructor(
    settings: WorkerSettings,
    variables: Readonly<Record<string, string>>,
    log: (line: string) => void,
  ) {
    this.#worker = new Worker(new URL('./lambda-worker.ts', import.meta.url), {
      workerData: settings,
      env: variables,
      // Without flags of the surrounding process (a test runner's, a debugger's).
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: settings.memoryMb,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) forwardLines(stream, log);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#ready = promise;
    // Without a pending invocation the next one reports a failed start; it is not an unhandled rejection.
    promise.catch(() => {});
    const initTimer = setTimeout(
      () => this.#die(reject, 'Runtime.InitTimeout', 'Loading took over 10 s'),
      INIT_TIMEOUT_MS,
    );
    this.#worker.on('message', (report: WorkerReport) => {
      if (report.kind === 'ready') {
        clearTimeout(initTimer);
        resolve();
      } else if (report.kind === 'returned') {
        this.#finish({ kind: 'returned', result: JSON.parse(report.resultJson) });
      } else {
        const { errorType, errorMessage } = report;
        this.#finish({ kind: 'failed', errorType, errorMessage });
      }
    });
    this.#worker.on('error', (error: Error) => {
      log(`${error.stack ?? error.message}`);
      this.#die(reject, error.name, error.message);
    });
    this.#worker.on('exit', (code) => {
      clearTimeout(initTimer);
      this.#die(reject, 'Runtime.ExitError', `Runtime exited with exit status ${code}`);
    });
  }

  /** False after the thread has ended; another environment must replace it. */
  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Runs an event, for at most `timeoutMs` after the bundle was loaded. A timeout ends the environment. The
   * caller must wait for the outcome before the next call.
   */
  async invoke(event: unknown, timeoutMs: number): Promise<InvocationOutcome> {
    try {
      await this.#ready;
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { kind: 'failed', errorType: name, errorMessage: message };
    }
    if (!this.#alive)
      return { kind: 'failed', errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited' };
    const { promise, resolve } = Promise.withResolvers<InvocationOutcome>();
    this.#settle = resolve;
    const requestId = randomUUID();
    const timer = setTimeout(() => {
      const errorMessage = `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`;
      this.#alive = false;
      this.#finish({ kind: 'failed', errorType: 'Sandbox.Timedout', errorMessage });
      void this.#worker.terminate();
    }, timeoutMs);
    const eventJson = JSON.stringify(event) ?? '{}';
    this.#worker.postMessage({
      requestId,
      deadlineMs: Date.now() + timeoutMs,
      eventJson,
    } satisfies Invocation);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async stop(): Promise<void> {
    this.#alive = false;
    await this.#worker.terminate();
  }

  #finish(outcome: InvocationOutcome): void {
    this.#settle?.(outcome);
    this.#settle = undefined;
  }

  #die(rejectReady: (error: Error) => void, errorType: string, errorMessage: string): void {
    this.#alive = false;
    rejectReady(Object.assign(new Error(errorMessage), { name: errorType }));
    this.#finish({ kind: 'failed', errorType, errorMessage });
    void this.#worker.terminate();
  }
}

function forwardLines(stream: NodeJS.ReadableStream, log: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) log(line);
  });
  stream.on('end', () => {
    if (rest) log(rest);
  });
}
