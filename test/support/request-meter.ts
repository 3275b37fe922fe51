import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** A request as it left the SDK, and what DynamoDB billed for it: index writes included. */
export interface MeteredRequest {
  /** `UpdateItemCommand` and so on. */
  readonly command: string;
  /** Units, reads and writes alike; absent for a refused condition, of which the emulator reports nothing. */
  readonly units?: number | undefined;
}

/** Notes every request that a client sends from now on, each attempt of the SDK's own too. */
export function meterRequests(client: DynamoDBDocumentClient): { take(): MeteredRequest[] } {
  let requests: MeteredRequest[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      const input = args.input as { ReturnConsumedCapacity?: string }; // part of every command's input
      return next({ ...args, input: { ...input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input });
    },
    { step: 'initialize', name: 'askForConsumedCapacity' },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const index = requests.push({ command: String(context.commandName) }) - 1;
      const batch = requests;
      const result = await next(args);
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: { CapacityUnits?: number } }; // as asked for
      batch[index] = { command: String(context.commandName), units: ConsumedCapacity?.CapacityUnits };
      return result;
    },
    // After the SDK's retries, so that each attempt counts.
    { step: 'finalizeRequest', priority: 'low', name: 'noteConsumedCapacity' },
  );
  return {
    take() {
      const taken = requests;
      requests = [];
      return taken;
    },
  };
}
