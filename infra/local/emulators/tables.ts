import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';

/** A table as the template declares it, in the words of DynamoDB's own API. */
export interface TableDefinition {
  readonly create: CreateTableCommandInput;
  /** The attribute with the epoch second of an item's end. */
  readonly ttlAttribute: string | undefined;
  readonly arn: string;
}

/** The tables that a stack declares. What the emulator does not have (recovery, encryption, capacity) is left out. */
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

/**
 * Creates the table unless the data folder already has it.
 *
 * @returns the ARN of its stream, if it has one
 */
export async function createTable(
  client: DynamoDBClient,
  definition: TableDefinition,
): Promise<string | undefined> {
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
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  return Table?.LatestStreamArn;
}
