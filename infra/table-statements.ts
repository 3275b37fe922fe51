import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { INDEX, PARTITIONS, type PartitionKind } from '../shared/contract.ts';
import type { FunctionAccess, ItemAction } from './function-access.ts';

/**
 * The statements of a role on the table and its indexes. Each action is bounded to kinds of items by the
 * partition keys of the request. A scan has no such key and an index has keys of its own, so both have
 * statements without that condition.
 *
 * Source: "Using IAM policy conditions for fine-grained access control", Amazon DynamoDB Developer Guide.
 */
export function tableStatements(
  { items, scans, indexes }: Required<FunctionAccess>,
  { tableArn }: ITable,
): PolicyStatement[] {
  const statements = actionsByPatterns(items).map(
    ({ actions, patterns }) =>
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns } },
      }),
  );
  if (scans) statements.push(new PolicyStatement({ actions: ['dynamodb:Scan'], resources: [tableArn] }));
  if (indexes.length > 0) {
    const resources = indexes.map((index) => `${tableArn}/index/${INDEX[index].name}`);
    statements.push(new PolicyStatement({ actions: ['dynamodb:Query'], resources }));
  }
  return statements;
}

/** Partition keys of a kind of items, as a pattern of IAM's. */
export function keyPattern(kind: PartitionKind): string {
  const key = PARTITIONS[kind];
  return key.endsWith('#') ? `${key}*` : key;
}

/** Actions that are allowed on the same kinds of items share one statement. */
function actionsByPatterns(items: Required<FunctionAccess>['items']) {
  const kindsOf = new Map<ItemAction, PartitionKind[]>();
  // The keys of an access are kinds of items.
  for (const [kind, actions] of Object.entries(items) as [PartitionKind, readonly ItemAction[]][]) {
    for (const action of actions) kindsOf.set(action, [...(kindsOf.get(action) ?? []), kind]);
  }
  const shared = new Map<string, { actions: ItemAction[]; patterns: string[] }>();
  for (const [action, kinds] of kindsOf) {
    const patterns = kinds.map(keyPattern).sort();
    const same = shared.get(patterns.join()) ?? { actions: [], patterns };
    same.actions.push(action);
    shared.set(patterns.join(), same);
  }
  return [...shared.values()];
}
