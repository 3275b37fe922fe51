import type { UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { LevelRollup } from '../../domain/gauge-level.ts';

/** An update of one item, without its table and key. */
export type ItemUpdate = Omit<UpdateCommandInput, 'TableName' | 'Key'>;

/** Sets a level unless a later version, or a higher peak, was written before. */
export function levelUpdate({ opening, stored, peak, firstVersion, version }: LevelRollup): ItemUpdate {
  return {
    UpdateExpression:
      'SET storedUnits = :stored, levelVersion = :version, opening = if_not_exists(opening, :opening), ' +
      'levelFirst = if_not_exists(levelFirst, :first), peak = :peak',
    ConditionExpression:
      '(attribute_not_exists(levelVersion) OR levelVersion < :version) AND (attribute_not_exists(peak) OR peak <= :peak)',
    ExpressionAttributeValues: {
      ':stored': stored,
      ':version': version,
      ':opening': opening,
      ':first': firstVersion,
      ':peak': peak,
    },
  };
}

/** Sets the newer parts of a level, after another item was written first; `undefined`: none. */
export function levelCompletion(
  { opening, stored, peak, firstVersion, version }: LevelRollup,
  item: Record<string, unknown>,
): ItemUpdate | undefined {
  const parts = [
    {
      isMissing: version > Number(item.levelVersion ?? 0),
      set: 'storedUnits = :stored, levelVersion = :version',
      condition: '(attribute_not_exists(levelVersion) OR levelVersion < :version)',
      values: { ':stored': stored, ':version': version },
    },
    {
      isMissing: firstVersion < Number(item.levelFirst ?? Number.POSITIVE_INFINITY),
      set: 'opening = :opening, levelFirst = :first',
      condition: '(attribute_not_exists(levelFirst) OR levelFirst > :first)',
      values: { ':opening': opening, ':first': firstVersion },
    },
    {
      isMissing: peak > Number(item.peak ?? -1),
      set: 'peak = :peak',
      condition: '(attribute_not_exists(peak) OR peak < :peak)',
      values: { ':peak': peak },
    },
  ].filter(({ isMissing }) => isMissing);
  if (parts.length === 0) return undefined;
  return {
    UpdateExpression: `SET ${parts.map(({ set }) => set).join(', ')}`,
    ConditionExpression: parts.map(({ condition }) => condition).join(' AND '),
    ExpressionAttributeValues: Object.assign({}, ...parts.map(({ values }) => values)),
  };
}
