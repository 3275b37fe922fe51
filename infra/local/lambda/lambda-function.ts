import { type InvocationOutcome, LambdaEnvironment, type WorkerSettings } from './lambda-environment.ts';

export interface LambdaFunctionSettings extends WorkerSettings {
  readonly timeoutMs: number;
  readonly variables: Readonly<Record<string, string>>;
  /** Maximum of concurrent environments; more invocations wait. */
  readonly maxEnvironments: number;
}

interface Waiting {
  readonly event: unknown;
  readonly resolve: (outcome: InvocationOutcome) => void;
}

/** Time after which an idle environment is stopped, since memory is scarce here. */
const IDLE_MS = 120_000;

/**
 * A Lambda function. Each environment serves one invocation at a time; concurrent invocations start more
 * environments up to a cap, then wait (AWS starts up to a thousand).
 */
export class LambdaFunction {
  readonly settings: LambdaFunctionSettings;
  readonly #log: (line: string) => void;
  readonly #idle: { environment: LambdaEnvironment; reaper: NodeJS.Timeout }[] = [];
  readonly #all = new Set<LambdaEnvironment>();
  readonly #waiting: Waiting[] = [];
  #stopped = false;

  constructor(settings: LambdaFunctionSettings, log: (line: string) => void) {
    this.settings = settings;
    this.#log = log;
  }

  /** Invokes the function synchronously (Lambda's RequestResponse). Never rejects. */
  invoke(event: unknown): Promise<InvocationOutcome> {
    if (this.#stopped) {
      return Promise.resolve({
        kind: 'failed',
        errorType: 'Stopped',
        errorMessage: 'The local stack has stopped',
      });
    }
    return new Promise((resolve) => {
      this.#waiting.push({ event, resolve });
      this.#serveNext();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { reaper } of this.#idle.splice(0)) clearTimeout(reaper);
    await Promise.all([...this.#all].map((environment) => environment.stop()));
    for (const { resolve } of this.#waiting.splice(0)) {
      resolve({ kind: 'failed', errorType: 'Stopped', errorMessage: 'The local stack has stopped' });
    }
  }

  #serveNext(): void {
    if (this.#stopped || this.#waiting.length === 0) return;
    const environment = this.#takeIdle() ?? this.#startNew();
    const next = environment && this.#waiting.shift();
    if (environment && next) void this.#serve(environment, next);
  }

  async #serve(environment: LambdaEnvironment, { event, resolve }: Waiting): Promise<void> {
    const outcome = await environment.invoke(event, this.settings.timeoutMs);
    if (outcome.kind === 'failed') this.#log(`${outcome.errorType}: ${outcome.errorMessage}`);
    if (environment.alive && !this.#stopped) this.#putBack(environment);
    else this.#all.delete(environment);
    resolve(outcome);
    this.#serveNext();
  }

  /** Takes the most recently used environment: it is warm, and the others can expire. */
  #takeIdle(): LambdaEnvironment | undefined {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.reaper);
      if (idle.environment.alive) return idle.environment;
      this.#all.delete(idle.environment);
    }
    return undefined;
  }

  #startNew(): LambdaEnvironment | undefined {
    if (this.#all.size >= this.settings.maxEnvironments) return undefined;
    const environment = new LambdaEnvironment(this.settings, this.settings.variables, this.#log);
    this.#all.add(environment);
    return environment;
  }

  #putBack(environment: LambdaEnvironment): void {
    const reaper = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((idle) => idle.environment === environment),
        1,
      );
      this.#all.delete(environment);
      void environment.stop();
    }, IDLE_MS);
    reaper.unref();
    this.#idle.push({ environment, reaper });
  }
}
