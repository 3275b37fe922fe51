import type { Assembly } from '../assembly/read-assembly.ts';
import { asyncInvocationSettings, invokeAsync } from './async-invocation.ts';
import type { FailureDestination } from './failure-destination.ts';
import type { InvocationOutcome } from './lambda-environment.ts';
import type { LocalFunctions } from './local-functions.ts';

/**
 * Invokes the stack's functions asynchronously: failed events are retried, then sent to the failure
 * destination, as the template configures.
 */
export class AsyncFunctions {
  readonly #functions: LocalFunctions;
  readonly #destination: FailureDestination;
  readonly #settingsOf: ReturnType<typeof asyncInvocationSettings>;
  readonly #stopping = new AbortController();

  constructor(assembly: Assembly, functions: LocalFunctions, destination: FailureDestination) {
    this.#functions = functions;
    this.#destination = destination;
    this.#settingsOf = asyncInvocationSettings(assembly);
  }

  /**
   * @param arnOrName of the function
   * @returns the last attempt's outcome
   * @throws Error if there is no such function
   */
  invoke(arnOrName: string, event: unknown): Promise<InvocationOutcome> {
    const lambdaFunction = this.#functions.byArn(arnOrName);
    return this.#invoke(lambdaFunction, event);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #invoke(
    lambdaFunction: ReturnType<LocalFunctions['byArn']>,
    event: unknown,
  ): Promise<InvocationOutcome> {
    const { functionName, functionArn } = lambdaFunction.settings;
    const { maxRetries, failureDestinationArn } = this.#settingsOf(functionName);
    const { signal } = this.#stopping;
    const outcome = await invokeAsync(lambdaFunction, event, maxRetries, signal);
    if (outcome.kind === 'failed' && !signal.aborted) {
      await this.#destination.keepEvent(failureDestinationArn, functionArn, event, maxRetries + 1, outcome);
    }
    return outcome;
  }
}
