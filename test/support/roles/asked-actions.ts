/** An IAM action on a table, or on an index of it. */
export interface AskedAction {
  readonly action: string;
  readonly tableName: string;
  readonly indexName?: string | undefined;
}

/** The SDK's serialized requests: the members that determine the actions. */
interface Input {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[];
  readonly Statements?: readonly { readonly Statement: string }[];
}

const OF_A_PART: Readonly<Record<string, string>> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};
const OF_A_STATEMENT: Readonly<Record<string, string>> = {
  SELECT: 'PartiQLSelect',
  INSERT: 'PartiQLInsert',
  UPDATE: 'PartiQLUpdate',
  DELETE: 'PartiQLDelete',
};

/**
 * The actions that a role must allow for a request: those of its parts for a transaction or a batch of
 * statements.
 *
 * Source: "Actions, resources, and condition keys for Amazon DynamoDB", AWS Service Authorization Reference;
 * "IAM security policies with PartiQL for DynamoDB" and "Amazon DynamoDB Transactions: how it works", Amazon
 * DynamoDB Developer Guide.
 */
export function askedActions(operation: string, input: Input): AskedAction[] {
  const { TableName: tableName = '', IndexName: indexName } = input;
  if (input.TransactItems) {
    return input.TransactItems.flatMap((item) =>
      Object.entries(item).map(([part, { TableName }]) => ({
        action: OF_A_PART[part] ?? part,
        tableName: TableName,
      })),
    );
  }
  if (input.Statements) {
    return input.Statements.map(({ Statement }) => {
      const [, verb = '', table = ''] = /^(\w+)[^"]*"([^"]+)"/.exec(Statement) ?? [];
      return { action: OF_A_STATEMENT[verb.toUpperCase()] ?? verb, tableName: table };
    });
  }
  const tables = Object.keys(input.RequestItems ?? { [tableName]: {} });
  return tables.map((table) => ({ action: operation, tableName: table, indexName }));
}
