import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';
import type { AwsCall } from './aws-endpoint.ts';
import type { CapturedMessages } from './captured-messages.ts';

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

const MAX_ENTRIES = 10;

/**
 * EventBridge for the buses of the template. Captures events and delivers them nowhere: rules belong to the
 * product.
 */
export function eventBusService(
  assembly: Assembly,
  messages: Pick<CapturedMessages, 'add'>,
): (call: AwsCall) => unknown {
  const buses = ofType(assembly, 'AWS::Events::EventBus').flatMap(({ ref, arn }) => [ref, arn]);
  return ({ operation, input }) => {
    if (operation !== 'PutEvents') return undefined;
    const entries = PutEvents.parse(input).Entries;
    if (entries.length > MAX_ENTRIES)
      return { __type: 'ValidationException', message: 'a call has 1 to 10 entries' };
    const results = entries.map(({ EventBusName, DetailType, Detail }) => {
      if (!buses.includes(EventBusName)) {
        return {
          ErrorCode: 'NotAuthorizedForSourceException',
          ErrorMessage: `There is no bus ${EventBusName}`,
        };
      }
      messages.add('event', DetailType, JSON.parse(Detail));
      return { EventId: randomUUID() };
    });
    const failed = results.filter((result) => 'ErrorCode' in result);
    return { FailedEntryCount: failed.length, Entries: results };
  };
}
