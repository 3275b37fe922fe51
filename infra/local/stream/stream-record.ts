import type { AttributeValue, _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';

/**
 * A stream record as Lambda hands it to a function: times in whole epoch seconds, bytes in base64.
 *
 * @param notBeforeMs epoch milliseconds at which the record was not there yet. The emulator rounds the time of creation down to the minute (AWS:
 *   to the second), and what measures its lag by it would seem a minute late
 */
export function lambdaRecord(record: StreamRecord, streamArn: string, notBeforeMs: number): DynamoDBRecord {
  const { ApproximateCreationDateTime, Keys, NewImage, OldImage, ...rest } = record.dynamodb ?? {};
  const { userIdentity } = record;
  return {
    eventID: record.eventID,
    // The SDK types names that it does not know yet as plain text.
    eventName: record.eventName as DynamoDBRecord['eventName'],
    eventVersion: record.eventVersion,
    eventSource: 'aws:dynamodb',
    awsRegion: record.awsRegion,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(
        Math.max(ApproximateCreationDateTime?.getTime() ?? 0, notBeforeMs) / 1_000,
      ),
      ...(Keys && { Keys: encoded(Keys) }),
      ...(NewImage && { NewImage: encoded(NewImage) }),
      ...(OldImage && { OldImage: encoded(OldImage) }),
      ...rest,
    },
    eventSourceARN: streamArn,
    // How a deletion by TTL is told from one by a caller.
    ...(userIdentity && { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }),
  } as DynamoDBRecord; // `exactOptionalPropertyTypes`: both sides mark their fields optional in different ways
}

/** The SDK reads bytes into arrays; in Lambda's JSON they are base64. */
function encoded(image: Record<string, AttributeValue>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(image, (_key, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ),
  );
}
