import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { AttributeMap } from './attribute.ts';
import { evaluate, holds, type Placeholders, resolve } from './evaluate.ts';
import { type Condition, parseCondition } from './expression.ts';
import { type MemoryTable, placeholdersOf, remembered } from './memory-table.ts';
import { invalid } from './refusals.ts';
import { refuseUnused } from './validate.ts';

const conditions = new Map<string, Condition>();

/** One page of a query by partition key, on the table or on an index. */
export function query(table: MemoryTable, input: QueryCommandInput, lagMs: number): object {
  const { KeyConditionExpression: text = '', IndexName, ConsistentRead, Limit, ExclusiveStartKey } = input;
  if (IndexName !== undefined && ConsistentRead) throw invalid('an index is never read consistently');
  const placeholders = placeholdersOf(input);
  refuseUnused([text], placeholders);
  const condition = remembered(conditions, text, parseCondition);
  const partitionKey = partitionKeyOf(condition, placeholders);
  const sorted = IndexName
    ? table.index(IndexName, partitionKey, lagMs)
    : table.partition(String(partitionKey), lagMs);
  if (input.ScanIndexForward === false) sorted.reverse();

  const found = sorted.filter((item) => holds(condition, item, placeholders));
  const from = ExclusiveStartKey ? startAfter(found, ExclusiveStartKey, input.ScanIndexForward ?? true) : 0;
  const page = found.slice(from, Limit === undefined ? undefined : from + Limit);
  const last = page.at(-1);
  // A full page has a next key, even if nothing follows.
  const isCut = Limit !== undefined && page.length === Limit && last;
  return { Items: page, ...(isCut && { LastEvaluatedKey: { pk: last.pk, sk: last.sk } }) };
}

/** A key condition begins with the partition key, by equality. */
function partitionKeyOf(condition: Condition, placeholders: Placeholders) {
  const [first] = condition.kind === 'and' ? condition.terms : [condition];
  const isEquality = first?.kind === 'compare' && first.comparator === '=' && first.left.kind === 'path';
  const value = isEquality ? evaluate(first.right, undefined, placeholders) : undefined;
  if (!isEquality || value === undefined) throw invalid('a query names one partition key');
  if (first.left.kind === 'path') resolve(first.left.path, placeholders);
  return value;
}

function startAfter(
  items: readonly AttributeMap[],
  start: Record<string, unknown>,
  isForward: boolean,
): number {
  const sk = String(start.sk);
  const index = items.findIndex((item) => (isForward ? String(item.sk) > sk : String(item.sk) < sk));
  return index < 0 ? items.length : index;
}
