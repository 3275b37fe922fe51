import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';

/** A table of the template, as input of DynamoDB's API. */
export interface TableDefinition {
  readonly create: CreateTableCommandInput;
  /** The attribute with an item's expiry, in epoch seconds. */
  readonly ttlAttribute: string | undefined;
  readonly arn: string;
}

/** Returns the tables of a stack, without what the emulator lacks (recovery, encryption, capacity). */
export function tableDefinitions(assembly: Pick<Assembly, 'resources'>): TableDefinition[] {
  return ofType(assembly, 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map(
    ({ properties, ref, arn }) => {
      // CloudFormation validated the template at synthesis, and uses the names and shapes of CreateTable.
      const declared = properties as Pick<
        CreateTableCommandInput,
        'AttributeDefinitions' | 'KeySchema' | 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'
      >;
      const { StreamViewType } = Object(properties.StreamSpecification);
      const { Enabled, AttributeName } = Object(properties.TimeToLiveSpecification);
      const { AttributeDefinitions, KeySchema, LocalSecondaryIndexes } = declared;
      const GlobalSecondaryIndexes = declared.GlobalSecondaryIndexes?.map(
        ({ IndexName, KeySchema, Projection }) => ({
          IndexName,
          KeySchema,
          Projection,
        }),
      );
      return {
        create: {
          TableName: ref,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions,
          KeySchema,
          ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
          ...(LocalSecondaryIndexes && { LocalSecondaryIndexes }),
          ...(StreamViewType && { StreamSpecification: { StreamEnabled: true, StreamViewType } }),
        },
        ttlAttribute: Enabled ? AttributeName : undefined,
        arn,
      };
    },
  );
}

/** Creates the table unless the data folder already has it. */
export async function createTable(client: DynamoDBClient, definition: TableDefinition): Promise<void> {
  const { TableName } = definition.create;
  try {
    await client.send(new CreateTableCommand(definition.create));
    if (definition.ttlAttribute) {
      const TimeToLiveSpecification = { Enabled: true, AttributeName: definition.ttlAttribute };
      await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    }
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}
