import type { PlantedBug } from '../planted-bug.ts';

const PARTS = { project: 'integration', test: 'test/integration/partial-answers.test.ts' } as const;

/** Bugs that drop the rest of a partial answer. */
export const LIST_BUGS: readonly PlantedBug[] = [
  {
    name: 'a query ends with its first page',
    file: 'shared/adapters/dynamodb/query-all.ts',
    edits: [
      { find: 'if (!LastEvaluatedKey || found.length >= limit) return found;', replace: 'return found;' },
    ],
    project: 'integration',
    test: 'test/integration/functions/plan-list.test.ts',
    named: 'is complete for the cache',
  },
  {
    name: 'keys that a batch read left unprocessed count as absent',
    file: 'shared/adapters/dynamodb/batch-get.ts',
    edits: [
      { find: 'left: UnprocessedKeys?.[name]?.Keys ?? []', replace: 'left: UnprocessedKeys ? [] : []' },
    ],
    ...PARTS,
    named: 'which fails when no key is processed',
  },
  {
    name: 'the list of plans has no further page',
    file: 'functions/http/responses/plan-view.ts',
    edits: [
      {
        find: '{ plans: items.map(planView), nextCursor: cursorOf(next) };',
        replace: '{ plans: items.map(planView), nextCursor: next ? null : null };',
      },
    ],
    project: 'integration',
    test: 'test/integration/functions/plan-list.test.ts',
    named: 'comes in pages by id',
  },
];
