import type { PlantedBug } from '../planted-bug.ts';

/** What would charge an operation twice, or answer one for another. */
export const ONCE_BUGS: readonly PlantedBug[] = [
  {
    name: 'a retry goes out under another operation id',
    file: 'shared/usecases/change-account.ts',
    edits: [
      {
        find: 'blind.send(image, changeOf(verb, image, now), now, signal)',
        replace:
          'blind.send(image, { ...changeOf(verb, image, now), operationId: `${operation.id}${Math.random()}` }, now, signal)',
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
    name: 'fingerprints are not compared in the account',
    file: 'shared/domain/operation.ts',
    edits: [
      {
        find: "accepted.fingerprint === operation.fingerprint ? 'replayed' : 'key_reused'",
        replace: "'replayed'",
      },
    ],
    project: 'unit',
    test: 'test/unit/domain/decide.test.ts',
    named: 'knows the operation again',
  },
  {
    name: 'fingerprints are not compared in the record',
    file: 'shared/usecases/find-earlier.ts',
    edits: [
      { find: "fingerprint === operation.fingerprint ? 'replayed' : 'key_reused'", replace: "'replayed'" },
    ],
    project: 'integration',
    test: 'test/integration/charged-once.test.ts',
    named: 'after the projector tidied it up',
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
    name: 'the record of an operation is not looked for',
    file: 'shared/usecases/find-earlier.ts',
    edits: [
      {
        find: 'if (isFresh(operation.id, now)) return undefined;',
        replace: 'if (now > 0) return undefined;',
      },
    ],
    project: 'integration',
    test: 'test/integration/charged-once.test.ts',
    named: 'after the projector tidied it up',
  },
  {
    name: 'a key dated ahead leaves the account while it counts as made just now',
    file: 'shared/usecases/tidy-operations.ts',
    edits: [
      {
        find: '.filter(({ operationId }) => (madeAt(operationId) ?? 0) <= settledBefore)',
        replace: '.filter(({ operationId }) => (madeAt(operationId) ?? 0) <= Number.MAX_VALUE)',
      },
    ],
    project: 'integration',
    test: 'test/integration/charged-once.test.ts',
    named: 'a key dated ahead',
  },
  {
    name: 'operations are tidied up as soon as they are projected',
    file: 'shared/usecases/tidy-operations.ts',
    edits: [{ find: 'now - DEDUPE_WINDOW.retentionMs - DEDUPE_WINDOW.clockSkewMs;', replace: 'now;' }],
    project: 'integration',
    test: 'test/integration/dedupe-window.test.ts',
    named: 'leaves no earlier than retention',
  },
  {
    name: 'a writer makes room by forgetting keys that have no record',
    file: 'shared/usecases/make-room.ts',
    edits: [{ find: 'old.filter(([, { keyed }]) => !keyed)', replace: 'old' }],
    project: 'integration',
    test: 'test/integration/dedupe-window.test.ts',
    named: 'keys until their record exists',
  },
  {
    name: 'an answer that was lost counts as a write that was not applied',
    file: 'shared/adapters/dynamodb/dynamodb.ts',
    edits: [{ find: 'throw new AnswerLost(', replace: 'throw new Unavailable(' }],
    project: 'integration',
    test: 'test/integration/outages.test.ts',
    named: 'that answers nothing: within the time budget',
  },
  {
    name: 'a fault after a lost answer says that nothing was changed',
    file: 'shared/usecases/attempts.ts',
    edits: [{ find: 'const isFinal = !this.#answerLost ||', replace: 'const isFinal = true ||' }],
    project: 'integration',
    test: 'test/integration/outages.test.ts',
  },
  {
    name: 'the SDK tries writes again by itself',
    file: 'shared/adapters/dynamodb/dynamodb.ts',
    edits: [{ find: 'maxAttempts: 1,', replace: 'maxAttempts: 4,' }],
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
    edits: [{ find: "'v = :read'", replace: "'v = :read OR v <> :read'" }],
    project: 'integration',
    test: 'test/integration/account-store.test.ts',
    named: 'is refused when another change came first',
  },
];
