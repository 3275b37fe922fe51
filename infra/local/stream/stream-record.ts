import type { AttributeValue, _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';

/**
 * Converts a stream record to Lambda's form: times in epoch seconds, bytes in base64.
 *
 * @param notBeforeMs lower bound of the creation time, in epoch milliseconds. The emulator rounds that time
 *   down to the minute (AWS: to the second), which would inflate measured lag
 */
export function lambdaRecord(record: StreamRecord, streamArn: string, notBeforeMs: number): DynamoDBRecord {
  const { ApproximateCreationDateTime, Keys, NewImage, OldImage, ...rest } = record.dynamodb ?? {};
  const { userIdentity } = record;
  return {
    eventID: record.eventID,
    // The SDK types unknown names as plain text.
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
    // Distinguishes a deletion by TTL from one by a caller.
    ...(userIdentity && { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }),
  } as DynamoDBRecord; // `exactOptionalPropertyTypes`: both sides mark their fields optional in different ways
}

/** The SDK returns bytes as arrays; Lambda's JSON has base64. */
function encoded(image: Record<string, AttributeValue>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(image, (_key, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ),
  );
}
