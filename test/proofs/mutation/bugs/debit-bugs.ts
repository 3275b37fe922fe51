import type { PlantedBug } from '../planted-bug.ts';

const FILE = 'shared/adapters/dynamodb/debit-expression.ts';
const EQUIVALENCE = {
  project: 'integration',
  test: 'test/integration/debit-equivalence.test.ts',
} as const;

/**
 * Makes a clause of the condition always true: if it were removed, DynamoDB would reject its unused values.
 */
function clause(name: string, find: string, replace: string): PlantedBug {
  return {
    name: `the condition does not ask ${name}`,
    file: FILE,
    edits: [{ find, replace }],
    ...EQUIVALENCE,
  };
}

/** The conditional write, without one of its conditions or effects. */
export const DEBIT_BUGS: readonly PlantedBug[] = [
  clause(
    'whether the account is active',
    '`${ACCOUNT.status} = :active`',
    '`(${ACCOUNT.status} = :active OR ${ACCOUNT.status} <> :active)`',
  ),
  clause(
    'whether the plan is valid',
    '`${ACCOUNT.usableUntil} > :now`',
    '`(${ACCOUNT.usableUntil} > :now OR ${ACCOUNT.usableUntil} <= :now)`',
  ),
  clause(
    'whether the operation is new',
    '`attribute_not_exists(${ACCOUNT.operations}.#op)`',
    '`(attribute_not_exists(${ACCOUNT.operations}.#op) OR attribute_exists(${ACCOUNT.operations}.#op))`',
  ),
  clause(
    'for room for the operation',
    '`size(${ACCOUNT.operations}) < :room`',
    '`(size(${ACCOUNT.operations}) < :room OR size(${ACCOUNT.operations}) >= :room)`',
  ),
  clause(
    'whether these are all counters',
    '`attribute_not_exists(${furtherPath})`',
    '`(attribute_not_exists(${furtherPath}) OR attribute_exists(${furtherPath}))`',
  ),
  clause(
    'whether the period is open',
    '`${periodEnd} > :now`',
    '`(${periodEnd} > :now OR ${periodEnd} <= :now)`',
  ),
  clause(
    'whether the due index knows',
    '`(${ACCOUNT.dueAt} <= ${periodEnd} OR ${periodEnd} = :never)`',
    '`attribute_exists(${periodEnd})`',
  ),
  clause(
    'for enough units',
    '`(${remaining} >= :n${index} OR ',
    '`(${remaining} >= :n${index} OR ${remaining} < :n${index} OR ',
  ),
  clause(
    'for enough units of a further feature',
    '`(${remaining} >= :n${index} OR ',
    '`(${index > 0 ? `${remaining} < :n${index} OR ` : ""}${remaining} >= :n${index} OR ',
  ),
  clause(
    'whether what remains of a soft limit stays exact',
    '${remaining} >= :b${index})`',
    '(${remaining} >= :b${index} OR ${remaining} < :b${index}))`',
  ),
  clause(
    'whether all can be counted',
    '`${lifetime} <= :m${index}`',
    '`(${lifetime} <= :m${index} OR ${lifetime} > :m${index})`',
  ),
  {
    name: 'a soft limit denies',
    file: FILE,
    edits: [
      {
        find: '${remaining} >= :b${index})`',
        replace: '${remaining} >= :b${index} AND ${remaining} >= :n${index})`',
      },
    ],
    ...EQUIVALENCE,
  },
  {
    name: 'a consume does not increment the version',
    file: FILE,
    edits: [{ find: '${ACCOUNT.version} + :one`', replace: '${ACCOUNT.version} + :one - :one`' }],
    ...EQUIVALENCE,
  },
  {
    name: 'a consume does not increment the lifetime total',
    file: FILE,
    edits: [
      {
        find: '`${lifetime} = ${lifetime} + :n${index}`',
        replace: '`${lifetime} = ${lifetime} + :n${index} - :n${index}`',
      },
    ],
    ...EQUIVALENCE,
  },
  {
    name: 'a consume does not remember its operation',
    file: FILE,
    edits: [
      {
        find: '`${ACCOUNT.operations}.#op = :accepted`',
        replace:
          '`${ACCOUNT.operations}.#op = if_not_exists(${ACCOUNT.operations}.none, :accepted), ${ACCOUNT.operations}.none = :one`',
      },
    ],
    ...EQUIVALENCE,
  },
];
