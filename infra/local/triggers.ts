import { z } from 'zod';
import { type Assembly, ofType } from './assembly/read-assembly.ts';
import type { LocalFunctions } from './lambda/local-functions.ts';

const Trigger = z.object({ HandlerArn: z.string() });

/**
 * Invokes the stack's triggers, as the deployment does.
 *
 * @throws Error if one fails, which fails a deployment too
 */
export async function runTriggers(assembly: Assembly, functions: LocalFunctions): Promise<void> {
  for (const { logicalId, properties } of ofType(assembly, 'Custom::Trigger')) {
    const outcome = await functions.byArn(Trigger.parse(properties).HandlerArn).invoke({});
    if (outcome.kind === 'failed') {
      throw new Error(`${logicalId} failed after the start: ${outcome.errorType}: ${outcome.errorMessage}`);
    }
  }
}
