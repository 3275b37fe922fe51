import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** A request as sent by the SDK, and its units billed by DynamoDB: index writes included. */
export interface MeteredRequest {
  /** `UpdateItemCommand` and so on. */
  readonly command: string;
  /** Units of reads and writes; absent for a refused condition, of which the emulator reports none. */
  readonly units?: number | undefined;
}

/** Of a table; batches have one for each. */
interface Consumed {
  readonly CapacityUnits?: number;
}

/** Records every request that a client sends from now on, including the SDK's own retries. */
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
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: Consumed | readonly Consumed[] }; // as requested
      const consumed = [ConsumedCapacity ?? []].flat();
      batch[index] = {
        command: String(context.commandName),
        units:
          consumed.length > 0
            ? consumed.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
            : undefined,
      };
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
