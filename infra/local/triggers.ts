import { z } from 'zod';
import { type Assembly, ofType } from './assembly/read-assembly.ts';
import type { LocalFunctions } from './lambda/local-functions.ts';

const Trigger = z.object({ HandlerArn: z.string() });

/**
 * Invokes what the stack wants to have run once it stands, as the deployment does.
 *
 * @throws Error when one fails, which would fail the deployment too
 */
export async function runTriggers(assembly: Assembly, functions: LocalFunctions): Promise<void> {
  for (const { logicalId, properties } of ofType(assembly, 'Custom::Trigger')) {
    const outcome = await functions.byArn(Trigger.parse(properties).HandlerArn).invoke({});
    if (outcome.kind === 'failed') {
      throw new Error(`${logicalId} failed after the start: ${outcome.errorType}: ${outcome.errorMessage}`);
    }
  }
}
