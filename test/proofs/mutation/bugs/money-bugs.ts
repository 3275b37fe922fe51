import type { PlantedBug } from '../planted-bug.ts';

const MONEY = { project: 'integration', test: 'test/integration/stripe/money.test.ts' } as const;
const STANDING = {
  project: 'unit',
  test: 'test/unit/domain/subscriptions/invoice-standing.test.ts',
} as const;
const FOLLOW = {
  project: 'unit',
  test: 'test/unit/domain/subscriptions/apply-subscription.test.ts',
} as const;

/** Bugs that give unpaid units, or remove paid ones. */
export const MONEY_BUGS: readonly PlantedBug[] = [
  {
    name: 'a new period at Stripe is a payment',
    file: 'shared/domain/billing-period.ts',
    edits: [{ find: "if (opening === 'none') return false;", replace: '' }],
    ...MONEY,
    named: 'gives its units once',
  },
  {
    name: 'credit of a change back pays for the next period',
    file: 'shared/domain/subscriptions/stripe-invoice.ts',
    edits: [
      {
        find: 'return Math.max(0, amount_due - credited);',
        replace: 'return Math.max(0, invoice.total - credited);',
      },
    ],
    ...MONEY,
    named: 'is not bought by customer balance',
  },
  {
    name: 'money for another item pays for a free plan',
    file: 'shared/domain/subscriptions/invoice-standing.ts',
    edits: [{ find: 'isOfPeriod && priceOf(own) > 0 &&', replace: 'isOfPeriod &&' }],
    ...STANDING,
    named: 'is for a plan with a price',
  },
  {
    name: 'two cents pay for a period',
    file: 'shared/domain/subscriptions/invoice-standing.ts',
    edits: [{ find: 'const LEAST_SHARE = 1 / 2;', replace: 'const LEAST_SHARE = 0;' }],
    ...STANDING,
    named: 'is one that paid',
  },
  {
    name: 'a payment opens its period with every convergence',
    file: 'shared/domain/subscriptions/apply-subscription.ts',
    edits: [{ find: ' || used?.invoiceIds.includes(paidInvoiceId)) return', replace: ') return' }],
    ...FOLLOW,
    named: 'opens also a counter that starts in the same second, once',
  },
  {
    name: 'a used payment is forgotten while another subscription governs',
    file: 'shared/domain/subscriptions/apply-subscription.ts',
    edits: [
      {
        find: 'const used = isPast(account) ? null : account.usedPayments;',
        replace:
          'const used = periodStart === account.usedPayments?.periodStart ? account.usedPayments : null;\n  void isPast;',
      },
    ],
    ...FOLLOW,
    named: 'stays applied while another subscription',
  },
  {
    name: 'the end of a billing cycle moves later',
    file: 'shared/domain/billing-period.ts',
    edits: [{ find: 'Math.min(counter.periodEnd, period.end)', replace: 'period.end' }],
    project: 'unit',
    test: 'test/unit/domain/billing-period.test.ts',
    named: 'its end may move earlier, never later',
  },
  {
    name: 'an unpaid upgrade grants its plan',
    file: 'shared/domain/subscriptions/subscription.ts',
    edits: [{ find: 'isUnpaid ? state.paidPlanId : state.planId', replace: 'state.planId' }],
    ...MONEY,
    named: 'grants nothing',
  },
  {
    name: 'a small further change settles a failed upgrade',
    file: 'shared/domain/subscriptions/invoice-standing.ts',
    edits: [{ find: 'Math.max(0, invoice.total) + owed', replace: 'Math.max(0, invoice.total)' }],
    ...STANDING,
    named: 'when a small further change is paid',
  },
  {
    name: 'a trial counts as paid for',
    file: 'shared/domain/subscriptions/invoice-standing.ts',
    edits: [{ find: ' && !isTrialLine(line, trialEnd)', replace: '' }],
    ...MONEY,
    named: 'ends in the default plan at once',
  },
  {
    name: 'an event without a grant ends a plan set by hand',
    file: 'shared/domain/subscriptions/apply-subscription.ts',
    edits: [
      {
        find: '!entitlement.isGranted && !account.isSubscribed',
        replace: '!isNewer && !entitlement.isGranted',
      },
    ],
    ...MONEY,
    named: 'stays when a subscription without grants',
  },
  {
    name: 'a grant ends with the period that a payment cut short',
    file: 'shared/domain/billing-period.ts',
    edits: [{ find: 'isOver ? opened : withRestOfGrants(counter, opened)', replace: 'opened' }],
    ...MONEY,
    named: 'outlive a period that a payment cut short',
  },
  {
    name: 'a carried grant is spent after its end by the blind write',
    file: 'shared/adapters/dynamodb/account-codec.ts',
    edits: [{ find: 'Math.min(account.validUntil, carriedUntil(account))', replace: 'account.validUntil' }],
    ...MONEY,
    named: 'are refused by the write itself',
  },
];
