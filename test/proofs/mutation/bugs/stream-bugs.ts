import type { PlantedBug } from '../planted-bug.ts';

const LOST = { project: 'integration', test: 'test/integration/nothing-lost.test.ts' } as const;
const RESTORED = {
  project: 'integration',
  test: 'test/integration/jobs/restored-ledger.test.ts',
} as const;
const USAGE = 'shared/adapters/dynamodb/usage-store.ts';

/** Changes that the projector could lose, double or hide. */
export const STREAM_BUGS: readonly PlantedBug[] = [
  {
    name: 'a function starts on items that it cannot read',
    file: 'functions/runtime/composition/open-table.ts',
    edits: [
      { find: '      if (error instanceof UnreadableLayout) throw error;\n', replace: '      void error;\n' },
    ],
    project: 'unit',
    test: 'test/unit/functions/open-table.test.ts',
  },
  {
    name: 'the seed replaces the layout of another release',
    file: 'shared/adapters/dynamodb/table-layout.ts',
    edits: [{ find: "      ConditionExpression: 'attribute_not_exists(pk)',\n", replace: '' }],
    project: 'integration',
    test: 'test/integration/functions/seed.test.ts',
    named: 'the table has the layout of this release',
  },
  {
    name: 'an attribute of stored ledger entries is renamed',
    file: 'shared/adapters/dynamodb/ledger-codec.ts',
    edits: [{ find: "  planId: 'p',\n", replace: "  planId: 'pl',\n" }],
    project: 'integration',
    test: 'test/proofs/release/stored-items.integration.test.ts',
    named: 'are read as by the release that wrote them',
  },
  {
    name: 'entries from after the restore are copied into the restored ledger',
    file: 'shared/usecases/ledger/fill-ledger.ts',
    edits: [{ find: 'return entry.at <= restoredAt + CLOCK_SKEW_MS;', replace: 'return restoredAt > 0;' }],
    ...RESTORED,
  },
  {
    name: "another operation's entry is copied as the account's last change",
    file: 'shared/usecases/ledger/fill-ledger.ts',
    edits: [{ find: 'if (entry.version === account.version) return', replace: 'if (false) return' }],
    ...RESTORED,
  },
  {
    name: 'the audit of a restored table waits for records of the former stream',
    file: 'shared/usecases/ledger/audit-ledger.ts',
    edits: [{ find: 'return isRestored || now()', replace: 'return now()' }],
    ...RESTORED,
  },
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
