import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Assembly, ofType } from './assembly/read-assembly.ts';
import type { AwsCall } from './aws-endpoint.ts';

const PutEvents = z.object({
  Entries: z.array(
    z.object({
      EventBusName: z.string().default('default'),
      Source: z.string(),
      DetailType: z.string(),
      Detail: z.string(),
    }),
  ),
});

/**
 * EventBridge for the buses that the template declares. What is put there is written down and reaches nobody: rules are the
 * product's own.
 *
 * @param log gets a line per event: its type and its detail
 */
export function eventBusService(assembly: Assembly, log: (line: string) => void): (call: AwsCall) => unknown {
  const buses = ofType(assembly, 'AWS::Events::EventBus').flatMap(({ ref, arn }) => [ref, arn]);
  return ({ operation, input }) => {
    if (operation !== 'PutEvents') return undefined;
    const results = PutEvents.parse(input).Entries.map(({ EventBusName, DetailType, Detail }) => {
      if (!buses.includes(EventBusName)) {
        return {
          ErrorCode: 'NotAuthorizedForSourceException',
          ErrorMessage: `There is no bus ${EventBusName}`,
        };
      }
      log(`${DetailType} ${Detail}`);
      return { EventId: randomUUID() };
    });
    const failed = results.filter((result) => 'ErrorCode' in result);
    return { FailedEntryCount: failed.length, Entries: results };
  };
}
