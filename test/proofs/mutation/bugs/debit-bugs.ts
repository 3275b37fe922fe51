import type { PlantedBug } from '../planted-bug.ts';

const FILE = 'shared/adapters/dynamodb/debit-expression.ts';
const EQUIVALENCE = {
  project: 'integration',
  test: 'test/integration/debit-equivalence.test.ts',
} as const;

/** A clause of the condition that always holds: left out, DynamoDB would refuse the values that nobody names. */
function clause(name: string, find: string, replace: string): PlantedBug {
  return {
    name: `the condition does not ask ${name}`,
    file: FILE,
    edits: [{ find, replace }],
    ...EQUIVALENCE,
  };
}

/** The one conditional write, without one thing that it asks for or does. */
export const DEBIT_BUGS: readonly PlantedBug[] = [
  clause('whether the account is active', "'s = :active'", "'(s = :active OR s <> :active)'"),
  clause('whether the plan is valid', "'u > :now'", "'(u > :now OR u <= :now)'"),
  clause(
    'whether the operation is new',
    "'attribute_not_exists(o.#op)'",
    "'(attribute_not_exists(o.#op) OR attribute_exists(o.#op))'",
  ),
  clause('for room for the operation', "'size(o) < :room'", "'(size(o) < :room OR size(o) >= :room)'"),
  clause(
    'whether these are all counters',
    'further.length === 0 ? `attribute_not_exists(w.#f${index})`',
    'further.length === 0 ? `(attribute_not_exists(w.#f${index}) OR attribute_exists(w.#f${index}))`',
  ),
  clause('whether the period is open', '`${path}.x > :now`', '`(${path}.x > :now OR ${path}.x <= :now)`'),
  clause(
    'whether the due index knows',
    '`(d <= ${path}.x OR ${path}.x = :never)`',
    '`attribute_exists(${path}.x)`',
  ),
  clause(
    'for enough units',
    '`(${path}.r >= :n${index} OR ',
    '`(${path}.r >= :n${index} OR ${path}.r < :n${index} OR ',
  ),
  clause(
    'for enough units of a further feature',
    '`(${path}.r >= :n${index} OR ',
    '`(${index > 0 ? `${path}.r < :n${index} OR ` : ""}${path}.r >= :n${index} OR ',
  ),
  clause(
    'whether what remains of a soft limit stays exact',
    '${path}.r >= :b${index})`',
    '(${path}.r >= :b${index} OR ${path}.r < :b${index}))`',
  ),
  clause(
    'whether all can be counted',
    '`${path}.t <= :m${index}`',
    '`(${path}.t <= :m${index} OR ${path}.t > :m${index})`',
  ),
  {
    name: 'a soft limit denies',
    file: FILE,
    edits: [
      { find: '${path}.r >= :b${index})`', replace: '${path}.r >= :b${index} AND ${path}.r >= :n${index})`' },
    ],
    ...EQUIVALENCE,
  },
  {
    name: 'the version is not counted on by a consume',
    file: FILE,
    edits: [{ find: "'v = v + :one'", replace: "'v = v + :one - :one'" }],
    ...EQUIVALENCE,
  },
  {
    name: 'the lifetime total is not counted on',
    file: FILE,
    edits: [
      {
        find: '`${path}.t = ${path}.t + :n${index}`',
        replace: '`${path}.t = ${path}.t + :n${index} - :n${index}`',
      },
    ],
    ...EQUIVALENCE,
  },
  {
    name: 'a consume forgets which operation it was',
    file: FILE,
    edits: [
      { find: "'o.#op = :accepted'", replace: "'o.#op = if_not_exists(o.none, :accepted), o.none = :one'" },
    ],
    ...EQUIVALENCE,
  },
];
