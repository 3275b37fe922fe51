import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';
import type { InvocationOutcome } from './lambda-environment.ts';
import type { LambdaFunction } from './lambda-function.ts';

/** Settings of asynchronous invocations. */
export interface AsyncInvocationSettings {
  /** Further attempts after the first. */
  readonly maxRetries: number;
  readonly failureDestinationArn: string | undefined;
}

const EventInvokeConfig = z.object({
  FunctionName: z.string(),
  MaximumRetryAttempts: z.number().default(2),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }).optional() }).optional(),
});

const DEFAULTS: AsyncInvocationSettings = { maxRetries: 2, failureDestinationArn: undefined };

/** Lambda waits one minute, then two; that is too long here. */
const RETRY_PAUSE_MS = 1_000;

/** Reads the template's settings by function name. */
export function asyncInvocationSettings(
  assembly: Assembly,
): (functionName: string) => AsyncInvocationSettings {
  const settings = new Map(
    ofType(assembly, 'AWS::Lambda::EventInvokeConfig').map(({ properties }) => {
      const { FunctionName, MaximumRetryAttempts, DestinationConfig } = EventInvokeConfig.parse(properties);
      const failureDestinationArn = DestinationConfig?.OnFailure?.Destination;
      return [FunctionName, { maxRetries: MaximumRetryAttempts, failureDestinationArn }];
    }),
  );
  return (functionName) => settings.get(functionName) ?? DEFAULTS;
}

/**
 * Invokes a function until it succeeds or the attempts are used up.
 *
 * @returns the last attempt's outcome
 */
export async function invokeAsync(
  lambdaFunction: Pick<LambdaFunction, 'invoke'>,
  event: unknown,
  maxRetries: number,
  signal: AbortSignal,
): Promise<InvocationOutcome> {
  let outcome = await lambdaFunction.invoke(event);
  for (let retry = 1; retry <= maxRetries && outcome.kind === 'failed' && !signal.aborted; retry += 1) {
    await sleep(RETRY_PAUSE_MS * retry, undefined, { signal }).catch(() => {});
    if (!signal.aborted) outcome = await lambdaFunction.invoke(event);
  }
  return outcome;
}
