import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A client of the DynamoDB Local behind a local stack. The caller destroys it. */
export function localDynamoDB(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials });
}
