import type { PlantedBug } from '../planted-bug.ts';

const LOST = { project: 'integration', test: 'test/integration/nothing-lost.test.ts' } as const;
const USAGE = 'shared/adapters/dynamodb/usage-store.ts';

/** Changes that the projector could lose, double or hide. */
export const STREAM_BUGS: readonly PlantedBug[] = [
  {
    name: 'the usage of a period is added up instead of set',
    file: USAGE,
    edits: [
      {
        find: "'SET used = :used, version = :version, periodStart",
        replace: "'SET used = :used + if_not_exists(used, :none), version = :version, periodStart",
      },
      { find: "        ':used': used,\n", replace: "        ':used': used,\n        ':none': 0,\n" },
    ],
    ...LOST,
  },
  {
    name: 'an older version overwrites the usage of a period',
    file: USAGE,
    edits: [
      {
        find: "(interval === 'never' ? ', planId = :plan' : ''),\n      ConditionExpression: 'attribute_not_exists(version) OR version < :version',",
        replace: "(interval === 'never' ? ', planId = :plan' : ''),",
      },
    ],
    ...LOST,
  },
  {
    name: 'a ledger entry is keyed by its time, so that a redelivery writes another',
    file: 'shared/adapters/dynamodb/ledger-codec.ts',
    edits: [
      {
        find: '...ledgerKey(entry.userId, entry.version),',
        replace: '...ledgerKey(entry.userId, entry.version + Math.floor(Math.random() * 9) * 1_000_000),',
      },
    ],
    ...LOST,
  },
  {
    name: 'unprocessed items of a batch write are forgotten',
    file: 'shared/adapters/dynamodb/batch-put.ts',
    edits: [{ find: 'open = left;', replace: 'open = [];' }],
    project: 'integration',
    test: 'test/integration/ledger-store.test.ts',
    named: 'takes in parts',
  },
  {
    name: 'an unreadable record is skipped silently',
    file: 'functions/projector/account-changes.ts',
    edits: [
      {
        find: 'return { changes, sequenceNumbers, poison: { sequenceNumber, cause } };',
        replace: 'void cause;',
      },
    ],
    project: 'unit',
    test: 'test/unit/functions/account-changes.test.ts',
  },
  {
    name: 'a gap in the versions is not reported',
    file: 'shared/usecases/ledger/project-changes.ts',
    edits: [
      {
        find: 'if (after.version !== expected) violations.push(',
        replace: 'if (after.version < expected) violations.push(',
      },
    ],
    project: 'integration',
    test: 'test/integration/nothing-lost.test.ts',
    named: 'skips a version',
  },
];
