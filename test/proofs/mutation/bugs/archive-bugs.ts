import type { PlantedBug } from '../planted-bug.ts';

const STORE = 'shared/usecases/archive/store-batch.ts';
const CRASHES = {
  project: 'integration',
  test: 'test/integration/jobs/history-archive-crashes.test.ts',
} as const;
const ARCHIVE = { project: 'integration', test: 'test/integration/jobs/history-archive.test.ts' } as const;
const CHECKPOINT = { project: 'unit', test: 'test/unit/domain/ledger-checkpoint.test.ts' } as const;

/** History that could be lost, or archived twice, on its way out of the table. */
export const ARCHIVE_BUGS: readonly PlantedBug[] = [
  {
    name: 'items expire before their batch is committed',
    file: STORE,
    edits: [
      {
        find: '  if (!(await retry(deps, () => progress.commit(owner, id)))) {',
        replace:
          '  await settle(deps, batch, expireAt);\n  if (!(await retry(deps, () => progress.commit(owner, id)))) {',
      },
    ],
    ...CRASHES,
    named: 'a crash at any call',
  },
  {
    name: 'entries expire without a checkpoint',
    file: STORE,
    edits: [
      {
        find: '  await forEach(deps, byUser, ([userId, own]) => advance(deps, present.get(userId), own, expireAt));\n',
        replace: '  void advance;\n  void present;\n',
      },
    ],
    ...ARCHIVE,
    named: 'leaves ledgers that the audit accepts',
  },
  {
    name: 'a committed batch is undone after a crash',
    file: STORE,
    edits: [
      { find: '  if (batch.isStored) {', replace: '  if (batch.isStored && batch.keys.length === 0) {' },
    ],
    ...CRASHES,
    named: 'a crash at any call',
  },
  {
    name: 'the files of an unfinished batch stay',
    file: STORE,
    edits: [{ find: '  } else await removeFiles(deps, batch.keys);', replace: '  }' }],
    ...CRASHES,
    named: 'a crash at any call',
  },
  {
    name: 'a run that was replaced still archives a batch',
    file: 'shared/adapters/dynamodb/archive-progress.ts',
    edits: [
      {
        find: "['#owner = :owner', ",
        replace: "['(#owner = :owner OR attribute_exists(#owner))', ",
      },
    ],
    ...CRASHES,
    named: 'a run that another has replaced',
  },
  {
    name: 'a run reports accounts as archived before their batch is stored',
    file: 'shared/usecases/archive/archive-history.ts',
    edits: [
      {
        find: 'if (this.#size === 0 && !this.#isStoring) this.#context.progress',
        replace: 'this.#context.progress',
      },
    ],
    ...CRASHES,
    named: 'the next run continues where everything before was stored',
  },
  {
    name: 'the audit does not miss the first entries after a checkpoint',
    file: 'shared/domain/ledger-audit.ts',
    edits: [{ find: '    if (first) this.#expectNoGap(base.version, first.version);\n', replace: '' }],
    ...CHECKPOINT,
    named: 'finds any single missing entry after it',
  },
  {
    name: 'a checkpoint adds closed periods to the open one',
    file: 'shared/domain/ledger-sums.ts',
    edits: [{ find: 'else if (sum.periodStart === delta.periodStart) ', replace: 'else ' }],
    ...CHECKPOINT,
  },
  {
    name: 'a checkpoint is not compared with its entries',
    file: 'shared/domain/ledger-audit.ts',
    edits: [
      { find: '    for (const finding of this.#proof?.finish() ?? []) this.#find(finding);\n', replace: '' },
    ],
    ...CHECKPOINT,
  },
  {
    name: 'a returned id from before the ledger counts as new',
    file: 'shared/usecases/ledger/find-duplicate-operation.ts',
    edits: [
      {
        find: "return found ?? (checkpoint && checkpoint.at >= from ? 'expired' : undefined);",
        replace: 'return found;',
      },
    ],
    project: 'integration',
    test: 'test/integration/expired-keys.test.ts',
  },
  {
    name: 'usage that was changed after it was archived expires',
    file: 'shared/adapters/dynamodb/usage-store.ts',
    edits: [
      { find: 'REMOVE #ttl`', replace: 'REMOVE #none`' },
      { find: "'#ttl': TABLE.ttl", replace: "'#none': 'none'" },
    ],
    project: 'integration',
    test: 'test/integration/kept-usage.test.ts',
  },
  {
    name: 'days that are no longer kept are reported as days without use',
    file: 'shared/usecases/reports/read-kept.ts',
    edits: [
      { find: 'keptFrom !== undefined && from < keptFrom', replace: "keptFrom !== undefined && from < ''" },
    ],
    project: 'integration',
    test: 'test/integration/kept-usage.test.ts',
    named: 'a range that begins before them is refused',
  },
];
