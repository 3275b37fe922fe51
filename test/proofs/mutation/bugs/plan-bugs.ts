import type { PlantedBug } from '../planted-bug.ts';

const EDITED = { project: 'integration', test: 'test/integration/edited-plans.test.ts' } as const;
const VERSIONS = {
  project: 'integration',
  test: 'test/integration/functions/plan-versions.test.ts',
} as const;
const FORMER = { project: 'integration', test: 'test/integration/stripe/former-prices.test.ts' } as const;
const AUDIT = { project: 'unit', test: 'test/unit/domain/ledger-audit.test.ts' } as const;

/** Bugs that hide an edited plan from its users, lose omitted fields, or audit nothing. */
export const PLAN_BUGS: readonly PlantedBug[] = [
  {
    name: "an edited plan: a denial uses the account's version",
    file: 'shared/usecases/quota/step-on-newest-plan.ts',
    edits: [
      { find: "if (!('denial' in taken)) return taken;", replace: 'if (taken === undefined) return taken;' },
    ],
    ...EDITED,
    named: 'is available to present subscribers',
  },
  {
    name: 'an edited plan: a cached denial outlasts the cached plan',
    file: 'shared/usecases/quota/denial-cache.ts',
    edits: [{ find: 'Math.min(image.seenAt, image.planAsOf)', replace: 'image.seenAt' }],
    ...EDITED,
    named: 'no later because a denial is cached',
  },
  {
    name: "an edited plan: a cached denial uses the account's version",
    file: 'shared/usecases/quota/denial-cache.ts',
    edits: [
      {
        find: 'plansAhead ? withMoreRoom(image.account, plansAhead.own, now) : image.account;',
        replace: 'plansAhead && !withMoreRoom ? image.account : image.account;',
      },
    ],
    project: 'unit',
    test: 'test/unit/usecases/quota/denial-cache.test.ts',
    named: 'denies nothing that a newer version',
  },
  {
    name: 'an edited plan: omitted fields are removed',
    file: 'shared/domain/plan-edit.ts',
    edits: [
      {
        find: 'return value === undefined ? before : (value ?? undefined);',
        replace: 'return value === undefined && before === value ? before : (value ?? undefined);',
      },
    ],
    ...VERSIONS,
    named: 'that an edit omits stays unchanged',
  },
  {
    name: 'an edited plan: If-Match is ignored',
    file: 'shared/usecases/plans/put-plan.ts',
    edits: [
      {
        find: 'if (!isExpected(expected, newest?.version))',
        replace: 'if (!isExpected(expected && undefined, newest?.version))',
      },
    ],
    ...VERSIONS,
    named: 'permits one of many concurrent edits of',
  },
  {
    name: 'an edited plan: a rollout resumes at the checkpoint of an older version',
    file: 'shared/usecases/plans/roll-out-plan.ts',
    edits: [{ find: 'plan-rollout ${planId} ${plan.version}`', replace: 'plan-rollout ${planId}`' }],
    project: 'integration',
    test: 'test/integration/jobs/plan-rollout.test.ts',
    named: 'begins anew where the plan was edited',
  },
  {
    name: 'a walk through all accounts skips an interrupted chunk',
    file: 'shared/usecases/jobs/walk-accounts.ts',
    edits: [
      {
        find: 'if (!(await this.#workOn(userIds))) return false;',
        replace: 'await this.#workOn(userIds);',
      },
    ],
    project: 'unit',
    test: 'test/unit/usecases/jobs/walk-accounts.test.ts',
    named: 'whenever it is cut short',
  },
  {
    name: 'a price that an edit removes is forgotten, with the plan of its subscribers',
    file: 'shared/adapters/dynamodb/plan-store.ts',
    edits: [
      {
        find: '...[...former].map((priceId) => put(priceId, true)),',
        replace:
          '...[...former].map((priceId) => ({ Delete: { TableName: this.#table.name, Key: priceKey(priceId) } })),',
      },
    ],
    ...FORMER,
    named: 'keeps its present subscribers on the plan',
  },
  {
    name: 'a removed price cannot move to another plan',
    file: 'shared/adapters/dynamodb/plan-store.ts',
    edits: [{ find: '...(isFormer && { isFormer })', replace: '...(isFormer && { isFormer: !isFormer })' }],
    ...FORMER,
    named: 'belongs to the plan that takes it',
  },
  {
    name: 'the ledger audit ignores gaps',
    file: 'shared/domain/ledger-audit.ts',
    edits: [{ find: '      this.#expectNoGap(version, last.version);\n', replace: '' }],
    ...AUDIT,
    named: 'finds a gap: one in the middle',
  },
  {
    name: 'the ledger audit remembers no operations',
    file: 'shared/domain/ledger-audit.ts',
    edits: [{ find: '    this.#recent.set(digest, version);\n', replace: '' }],
    ...AUDIT,
    named: 'finds one operation in two entries',
  },
  {
    name: 'the ledger audit reports entries not yet projected',
    file: 'shared/usecases/ledger/audit-ledger.ts',
    edits: [
      {
        find: 'const isWhole = head === account.version || isForgotten(deps, account);',
        replace: 'const isWhole = head <= account.version || isForgotten(deps, account);',
      },
    ],
    project: 'integration',
    test: 'test/integration/jobs/ledger-audit.test.ts',
    named: 'is audited as far as it reaches',
  },
];
