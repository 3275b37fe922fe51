import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { BatchExecuteStatementCommandInput } from '@aws-sdk/lib-dynamodb';
import type { MemoryTable } from './memory-table.ts';
import { invalid } from './refusals.ts';

/** The only statement of this service: an update of one item, on the version it was made from. */
const UPDATE =
  /^UPDATE "[^"]+" (?<actions>(?:(?:SET "\w+" = \?|REMOVE "\w+") )+)WHERE pk = \? AND sk = \? AND v = \?$/;

/** Each statement is independent: a refused one stops no other. */
export function executeStatements(
  table: MemoryTable,
  { Statements = [] }: BatchExecuteStatementCommandInput,
): object {
  return {
    Responses: Statements.map(({ Statement = '', Parameters = [] }) => {
      try {
        update(table, Statement, Parameters);
        return {};
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { Error: { Code: 'ConditionalCheckFailed', Message: error.message } };
      }
    }),
  };
}

function update(table: MemoryTable, statement: string, parameters: readonly unknown[]): void {
  const actions = UPDATE.exec(statement)?.groups?.actions?.match(/(SET|REMOVE) "\w+"/g);
  if (!actions) throw new SyntaxError(`unknown syntax: ${statement}`);
  const names = (word: string) =>
    actions.filter((action) => action.startsWith(word)).map((action) => action.slice(word.length + 2, -1));
  const [sets, removals] = [names('SET'), names('REMOVE')];
  const [pk, sk, version] = parameters.slice(sets.length);
  if (typeof pk !== 'string' || typeof sk !== 'string' || parameters.length !== sets.length + 3) {
    throw invalid('a statement has as many parameters as placeholders');
  }
  const removed = removals.length > 0 ? ` REMOVE ${removals.join(', ')}` : '';
  table.update(
    { pk, sk },
    {
      UpdateExpression: `SET ${sets.map((name, index) => `${name} = :p${index}`).join(', ')}${removed}`,
      ConditionExpression: 'v = :read',
      ExpressionAttributeValues: {
        ...Object.fromEntries(sets.map((_, index) => [`:p${index}`, parameters[index]])),
        ':read': version,
      },
    },
  );
}
