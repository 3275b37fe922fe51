import type { PlantedBug } from '../planted-bug.ts';

/** Bugs that charge an operation twice, or answer one for another. */
export const ONCE_BUGS: readonly PlantedBug[] = [
  {
    name: 'a retry goes out under another operation id',
    file: 'shared/usecases/quota/change-account.ts',
    edits: [
      {
        find: 'const change = changeOf(verb, image, now);',
        replace:
          'const change = { ...changeOf(verb, image, now), operationId: `${verb.operation.id}${Math.random()}` };',
      },
    ],
    project: 'integration',
    test: 'test/integration/outages.test.ts',
    named: 'a charge that was found again',
  },
  {
    name: 'every operation gets the same id',
    file: 'shared/domain/operation.ts',
    edits: [
      {
        find: 'return MINTED_PREFIX + ulid(now);',
        replace: 'return `${MINTED_PREFIX}01ARZ3NDEKTSV4RRFFQ69G5FAV`;',
      },
    ],
    project: 'integration',
    test: 'test/integration/consume.test.ts',
    named: 'admits exactly what is left',
  },
  {
    name: 'fingerprints are not compared in the record',
    file: 'shared/usecases/ledger/find-duplicate-operation.ts',
    edits: [
      {
        find: "earlier.fingerprint === operation.fingerprint ? 'replayed' : 'key_reused'",
        replace: "'replayed'",
      },
    ],
    project: 'integration',
    test: 'test/integration/charged-once.test.ts',
    named: 'after the projector pruned it',
  },
  {
    name: 'the fingerprint leaves the amounts out',
    file: 'shared/domain/operation.ts',
    edits: [{ find: '      byName(amounts),\n', replace: '' }],
    project: 'unit',
    test: 'test/unit/domain/operation.test.ts',
    named: 'differs with anything',
  },
  {
    name: 'the record of an operation is not looked up',
    file: 'shared/usecases/ledger/find-duplicate-operation.ts',
    edits: [
      {
        find: 'const isSearched = !record &&',
        replace: "if (!mustLook) return { code: 'new', asOf };\n  const isSearched = !record &&",
      },
    ],
    project: 'integration',
    test: 'test/integration/charged-once.test.ts',
    named: 'after the projector pruned it',
  },
  {
    name: 'a key dated ahead is settled while it counts as made just now',
    file: 'shared/usecases/ledger/prune-operations.ts',
    edits: [
      {
        find: 'return madeAt < latest || madeAt > latest + KEY_AHEAD_MS;',
        replace: 'return madeAt < Number.MAX_VALUE;',
      },
    ],
    project: 'integration',
    test: 'test/integration/charged-once.test.ts',
    named: 'a key dated ahead',
  },
  {
    name: 'a key without a plausible time when accepted stays until its time',
    file: 'shared/usecases/ledger/prune-operations.ts',
    edits: [{ find: ' || madeAt > latest + KEY_AHEAD_MS', replace: '' }],
    project: 'integration',
    test: 'test/integration/dedupe-window.test.ts',
    named: 'is forgotten like any other',
  },
  {
    name: 'a returned id counts as new while its ledger entry is missing',
    file: 'shared/usecases/ledger/find-duplicate-operation.ts',
    edits: [{ find: '  if ((earlier[0]?.version ?? ledger.base) !== last) throw behind();\n', replace: '' }],
    project: 'integration',
    test: 'test/integration/minted-ids.test.ts',
    named: 'while its own ledger entry is missing',
  },
  {
    name: 'a pruning forgets what it has just settled',
    file: 'shared/usecases/ledger/prune-operations.ts',
    edits: [
      { find: '.filter((key) => operations.get(key)?.isSettled);', replace: '.filter((key) => key !== "");' },
      { find: 'settle: new Map(settle),', replace: 'settle: new Map(),' },
    ],
    project: 'integration',
    test: 'test/integration/dedupe-window.test.ts',
    named: 'leaves with the second pruning',
  },
  {
    name: 'the debit does not check the floor',
    file: 'shared/adapters/dynamodb/debit-expression.ts',
    edits: [
      {
        find: '`${ACCOUNT.floor} <= :asOf`',
        replace: '`(${ACCOUNT.floor} <= :asOf OR ${ACCOUNT.floor} > :asOf)`',
      },
    ],
    project: 'integration',
    test: 'test/integration/late-delivery.test.ts',
    named: 'by a clock ahead',
  },
  {
    name: 'a pruning does not raise the floor',
    file: 'shared/adapters/dynamodb/account-store.ts',
    edits: [
      {
        find: 'const sets = [`${ACCOUNT.floor} = :to`];',
        replace: 'const sets = [`${ACCOUNT.floor} = if_not_exists(${ACCOUNT.floor}, :to)`];',
      },
    ],
    project: 'integration',
    test: 'test/integration/late-delivery.test.ts',
    named: 'by a clock ahead',
  },
  {
    name: 'a late pruning does not check the floor that it was computed from',
    file: 'shared/adapters/dynamodb/account-store.ts',
    edits: [
      {
        find: 'ConditionExpression: `${ACCOUNT.floor} = :from`',
        replace: 'ConditionExpression: `${ACCOUNT.floor} = :from OR ${ACCOUNT.floor} <> :from`',
      },
    ],
    project: 'integration',
    test: 'test/integration/late-delivery.test.ts',
    named: 'a pruning delivered an hour late',
  },
  {
    name: 'a looked-up key claims knowledge of a later moment',
    file: 'shared/usecases/quota/change-account.ts',
    edits: [
      { find: 'const { asOf } = call.knowledge;', replace: 'const asOf = call.knowledge.asOf + 3_600_000;' },
      { find: 'seen.floor > knowledge.asOf', replace: 'seen.floor > knowledge.asOf + 3_600_000' },
    ],
    project: 'integration',
    test: 'test/integration/dedupe-window.test.ts',
    named: 'pauses until its operation was forgotten',
  },
  {
    name: 'a date far ahead disables the guard of the order',
    file: 'shared/adapters/dynamodb/debit-expression.ts',
    edits: [
      {
        find: '`${ACCOUNT.change}.${CHANGE.at} <= :at`',
        replace: '`(${ACCOUNT.change}.${CHANGE.at} <= :at OR ${ACCOUNT.change}.${CHANGE.at} > :at)`',
      },
    ],
    project: 'integration',
    test: 'test/integration/late-delivery.test.ts',
    named: 'last change is dated after it',
  },
  {
    name: 'a writer without room forgets keys without a record',
    file: 'shared/usecases/ledger/prune-operations.ts',
    edits: [
      {
        find: '  if (madeAt === undefined) return false;\n',
        replace: '  if (madeAt === undefined) return true;\n',
      },
    ],
    project: 'integration',
    test: 'test/integration/dedupe-window.test.ts',
    named: 'keys until their record exists',
  },
  {
    name: 'a lost answer counts as a write that was not applied',
    file: 'shared/adapters/dynamodb/dynamodb.ts',
    edits: [{ find: 'throw new AnswerLost(', replace: 'throw new Unavailable(' }],
    project: 'integration',
    test: 'test/integration/outages.test.ts',
    named: 'that answers nothing: within the time budget',
  },
  {
    name: 'a fault after a lost answer claims that nothing was changed',
    file: 'shared/usecases/retry/operation-retry.ts',
    edits: [{ find: 'const isFinal = !this.#answerLost ||', replace: 'const isFinal = true ||' }],
    project: 'integration',
    test: 'test/integration/outages.test.ts',
  },
  {
    name: 'a call is denied while its first write may yet be applied',
    file: 'shared/usecases/quota/change-account.ts',
    edits: [
      {
        find: 'if (outstanding.mayApplyTo(saved)) return',
        replace: 'if (outstanding.mayApplyTo(saved) && !call.isReread) return',
      },
    ],
    project: 'integration',
    test: 'test/integration/late-delivery.test.ts',
    named: 'a call is not denied while its first write may yet be applied',
  },
  {
    name: 'a call is not denied although its first write is refused forever',
    file: 'shared/usecases/quota/outstanding-writes.ts',
    edits: [{ find: 'this.#blindAt >= changedAt', replace: 'true' }],
    project: 'integration',
    test: 'test/integration/late-delivery.test.ts',
    named: 'a call is denied after a change',
  },
  {
    name: 'the SDK retries writes by itself',
    file: 'shared/adapters/dynamodb/dynamodb.ts',
    edits: [{ find: 'SINGLE_ATTEMPT = 1;', replace: 'SINGLE_ATTEMPT = 4;' }],
    project: 'unit',
    test: 'test/unit/functions/outage.test.ts',
  },
  {
    name: 'two first saves of an account overwrite each other',
    file: 'shared/adapters/dynamodb/account-store.ts',
    edits: [
      {
        find: "isFirst ? 'attribute_not_exists(pk)'",
        replace: "isFirst ? 'attribute_not_exists(pk) OR attribute_exists(pk)'",
      },
    ],
    project: 'integration',
    test: 'test/integration/account-store.test.ts',
    named: 'of a first version is refused',
  },
  {
    name: 'a save is not guarded by the version it was made from',
    file: 'shared/adapters/dynamodb/account-store.ts',
    edits: [
      {
        find: '`${ACCOUNT.version} = :read`',
        replace: '`${ACCOUNT.version} = :read OR ${ACCOUNT.version} <> :read`',
      },
    ],
    project: 'integration',
    test: 'test/integration/account-store.test.ts',
    named: 'is refused when another change came first',
  },
];
