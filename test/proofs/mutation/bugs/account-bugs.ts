import type { PlantedBug } from '../planted-bug.ts';

const unit = (file: string, named?: string) =>
  ({
    project: 'unit',
    test: `test/unit/domain/${file}.test.ts`,
    ...(named !== undefined && { named }),
  }) as const;

/** Bugs of the domain: decisions, holds, periods, plans. */
export const ACCOUNT_BUGS: readonly PlantedBug[] = [
  {
    name: 'only the first feature of several is checked',
    file: 'shared/domain/decide.ts',
    edits: [
      {
        find: 'const denials = [...amounts].flatMap(',
        replace: 'const denials = [...amounts].slice(0, 1).flatMap(',
      },
    ],
    ...unit('decide', 'requires every counter of every feature'),
  },
  {
    name: 'remaining is clamped at 0',
    file: 'shared/domain/account.ts',
    edits: [
      {
        find: '(limit ?? 0) - used - held, -MAX_AMOUNT)',
        replace: '(limit ?? 0) - used - held, 0)',
      },
    ],
    ...unit('plan', 'below the usage denies'),
  },
  {
    name: 'held units still count as remaining',
    file: 'shared/domain/account.ts',
    edits: [{ find: '(limit ?? 0) - used - held', replace: '(limit ?? 0) - used' }],
    ...unit('hold', 'takes units from remaining without using'),
  },
  {
    name: 'a hold that expires is not in the due index',
    file: 'shared/domain/account.ts',
    edits: [
      { find: 'for (const hold of account.holds.values()) moments.push(hold.expiresAt);', replace: '' },
    ],
    ...unit('advance', 'is the earliest'),
  },
  {
    name: 'a rollover forgets the holds',
    file: 'shared/domain/advance.ts',
    edits: [
      {
        find: 'rolling ? applyPlan(rolled, plan, now) : rolled',
        replace: 'rolling ? { ...applyPlan(rolled, plan, now), holds: new Map() } : rolled',
      },
    ],
    ...unit('advance'),
  },
  {
    name: 'a rollover moves held units into the new period',
    file: 'shared/domain/open-period.ts',
    edits: [{ find: 'granted: 0, held: 0 }', replace: 'granted: 0 }' }],
    ...unit('advance'),
  },
  {
    name: 'a grant outlives its period',
    file: 'shared/domain/open-period.ts',
    edits: [{ find: '{ limit, granted: 0, held', replace: '{ limit, held' }],
    project: 'integration',
    test: 'test/integration/resets-are-exact.test.ts',
    named: 'a reset takes no grant away',
  },
  {
    name: 'a new period keeps a grant in its limit until a plan is applied',
    file: 'shared/domain/open-period.ts',
    edits: [{ find: 'counter.limit - counter.granted', replace: 'counter.limit' }],
    ...unit('advance', 'has the limit of the account'),
  },
  {
    name: 'a grant is recorded beyond the limit',
    file: 'shared/domain/plan.ts',
    edits: [
      {
        find: 'limit === null ? counter.granted : Math.min(counter.granted, MAX_AMOUNT - limit)',
        replace: 'counter.granted',
      },
      {
        find: 'limit === null ? null : limit + granted',
        replace: 'limit === null ? null : Math.min(limit + granted, MAX_AMOUNT)',
      },
    ],
    ...unit('plan', 'records of a grant the part within the largest'),
  },
  {
    name: 'usage of earlier periods denies',
    file: 'shared/domain/decide.ts',
    edits: [
      {
        find: 'admits({ enforced, remaining }: Counter, amount: number): boolean {\n  return !enforced',
        replace:
          'admits({ enforced, remaining, lifetime }: Counter, amount: number): boolean {\n  if (lifetime > Number.MAX_SAFE_INTEGER - amount) return false;\n  return !enforced',
      },
    ],
    ...unit('decide', 'never denies because of usage in earlier'),
  },
  {
    name: 'usage beyond the largest number is not stored',
    file: 'shared/adapters/dynamodb/account-codec.ts',
    edits: [
      { find: '...(counter.excess !== undefined && { [COUNTER.excess]: counter.excess }),', replace: '' },
    ],
    project: 'unit',
    test: 'test/unit/adapters/dynamodb/account-codec.test.ts',
    named: 'keeps every total beyond',
  },
  {
    name: 'a lifetime total that restarts loses its former sum',
    file: 'shared/domain/count-use.ts',
    edits: [
      { find: 'lifetime, closed: String(closed) }', replace: 'lifetime, closed: String(closed % 1n) }' },
    ],
    ...unit('huge-amounts', 'all count in the lifetime total of their'),
  },
  {
    name: 'the next period is counted from the end of the last',
    file: 'shared/domain/period.ts',
    edits: [
      {
        find: 'const period = periodAt(interval, schedule, now);',
        replace:
          'const period = periodAt(interval, { ...schedule, anchor: previousEnd, billingAnchor: previousEnd }, now);',
      },
    ],
    ...unit('period'),
  },
  {
    name: 'a day always has 24 hours',
    file: 'shared/domain/period.ts',
    edits: [
      {
        find: 'const boundary = (count: number) => add(',
        replace:
          "const boundary = (count: number) => unit === 'day' ? anchor.epochMilliseconds + count * DAY_MS : add(",
      },
    ],
    ...unit('period', '23 and 25 hours'),
  },
  {
    name: 'the 31st does not return after February',
    file: 'shared/domain/period.ts',
    edits: [
      {
        find: 'add(anchor, count * step).epochMilliseconds',
        replace: 'add(add(anchor, count * step - 1), 1).epochMilliseconds',
      },
    ],
    ...unit('period', 'return to the 29th'),
  },
  {
    name: 'months begin in UTC in every time zone',
    file: 'shared/domain/period.ts',
    edits: [
      {
        find: 'anchor === null ? calendarStart(timeZone)',
        replace: "anchor === null ? calendarStart('UTC')",
      },
    ],
    ...unit('period', 'Kiritimati'),
  },
  {
    name: 'unlimited counts as a limit of 0',
    file: 'shared/domain/plan.ts',
    edits: [
      { find: 'limit === null ? null : limit + granted', replace: 'limit === null ? 0 : limit + granted' },
      { find: 'enforced: limit !== null && enforced', replace: 'enforced' },
    ],
    ...unit('plan', 'to unlimited and back'),
  },
  {
    name: 'a change of plan takes grants away',
    file: 'shared/domain/plan.ts',
    edits: [{ find: 'limit === null ? null : limit + granted', replace: 'limit' }],
    ...unit('plan', 'keeps a grant until its period ends'),
  },
  {
    name: 'a reset takes grants away',
    file: 'shared/domain/reset-and-grant.ts',
    edits: [
      {
        find: 'return clearUse(counter);',
        replace:
          'return recount(clearUse(counter), { granted: 0, limit: (counter.limit ?? 0) - counter.granted });',
      },
    ],
    ...unit('reset-and-grant', 'keeps grants'),
  },
  {
    name: 'a settled hold remains, to be settled again',
    file: 'shared/domain/hold.ts',
    edits: [{ find: '  holds.delete(holdId);\n', replace: '' }],
    ...unit('hold'),
  },
  {
    name: 'a late confirmation is charged to the open period',
    file: 'shared/domain/hold.ts',
    edits: [{ find: 'if (!isOpen) return countLifetime(counter, amount);', replace: '' }],
    ...unit('advance', 'whose period closed meanwhile'),
  },
  {
    name: 'the same feature twice is counted once',
    file: 'shared/domain/quota-request.ts',
    edits: [{ find: '(amounts.get(type) ?? 0) + amount', replace: 'amount' }],
    project: 'integration',
    test: 'test/integration/deciding.test.ts',
    named: 'the same feature twice',
  },
  {
    name: 'the denial cache admits a smaller amount',
    file: 'shared/usecases/quota/consume.ts',
    edits: [
      {
        find: '  if (remembered && !operation.keyed) {',
        replace:
          "  const image = deps.denials.get(userId);\n  if (image && !remembered) return { code: 'changed', account: image.account, operationId: operation.id };\n  if (remembered && !operation.keyed) {",
      },
    ],
    project: 'integration',
    test: 'test/integration/denial-cache.test.ts',
    named: 'what fits goes to the table',
  },
  {
    name: 'a denial is cached past the end of its period',
    file: 'shared/usecases/quota/denial-cache.ts',
    edits: [
      {
        find: 'const denial = decide(account, { amounts }, now);',
        replace: 'const denial = decide(account, { amounts }, image.seenAt);',
      },
    ],
    project: 'integration',
    test: 'test/integration/denial-cache.test.ts',
    named: 'it ends with the period',
  },
];
