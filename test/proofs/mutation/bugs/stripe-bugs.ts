import type { PlantedBug } from '../planted-bug.ts';

const WEBHOOK = { project: 'unit', test: 'test/unit/adapters/stripe/stripe-webhook.test.ts' } as const;
const VERIFY = 'shared/adapters/stripe/stripe-webhook.ts';
const CLAIMS = { project: 'integration', test: 'test/integration/stripe/claims.test.ts' } as const;
const FAILURES = { project: 'integration', test: 'test/integration/stripe/failure-modes.test.ts' } as const;

const IDENTITY = { project: 'integration', test: 'test/integration/stripe/identity.test.ts' } as const;

/** Bugs that trust a stranger, or save an older state over a newer one. */
export const STRIPE_BUGS: readonly PlantedBug[] = [
  {
    name: "a webhook's signature is not checked",
    file: VERIFY,
    edits: [
      {
        find: 'usable.some((secret) => isSigned(body, signature, secret, now))',
        replace: 'true',
      },
    ],
    ...WEBHOOK,
  },
  {
    name: "a webhook's signature never gets too old",
    file: VERIFY,
    edits: [{ find: 'const tolerance = SIGNATURE_TOLERANCE_SECONDS;', replace: 'const tolerance = 1e9;' }],
    ...WEBHOOK,
  },
  {
    name: 'a signature dated ahead stays valid for longer',
    file: VERIFY,
    edits: [{ find: '!signature || isFromTheFuture(signature, now)', replace: '!signature' }],
    ...WEBHOOK,
  },
  {
    name: 'an empty secret signs',
    file: VERIFY,
    edits: [{ find: "secrets.filter((secret) => secret.trim() !== '')", replace: 'secrets' }],
    ...WEBHOOK,
  },
  {
    name: 'a thin event counts as a forgery',
    file: VERIFY,
    edits: [{ find: "{ code: 'unsupported' };", replace: "{ code: 'rejected' };" }],
    ...WEBHOOK,
    named: 'is unsupported',
  },
  {
    name: 'the sync lists events by a wildcard',
    file: 'shared/adapters/stripe/stripe-gateway.ts',
    edits: [
      {
        find: 'types: [...HANDLED_EVENTS],',
        replace: "types: ['checkout.*', 'customer.*', 'invoice.*'],",
      },
    ],
    project: 'integration',
    test: 'test/integration/stripe/sync.test.ts',
    named: 'hourly costs what changed',
  },
  {
    name: 'a handled event is handled again',
    file: 'shared/usecases/subscriptions/handle-stripe-event.ts',
    edits: [{ find: "if (claim === 'done') return { code: 'repeated' };", replace: '' }],
    ...CLAIMS,
    named: 'that was handled is recognised',
  },
  {
    name: 'a claimed event is handled concurrently',
    file: 'shared/usecases/subscriptions/handle-stripe-event.ts',
    edits: [{ find: "if (claim === 'busy') {", replace: 'if (claim === undefined) {' }],
    ...CLAIMS,
    named: 'claimed by another handler is refused meanwhile',
  },
  {
    name: 'a claim is kept when its work failed',
    file: 'shared/usecases/subscriptions/handle-stripe-event.ts',
    edits: [
      {
        find: '    await deps.stripeEvents.release(event.id, holder).catch(() => {});\n    throw error;',
        replace: '    throw error;',
      },
    ],
    ...CLAIMS,
    named: 'whose handling failed is released',
  },
  {
    name: 'a subscription without a plan decides',
    file: 'shared/domain/subscriptions/stripe-subscription.ts',
    edits: [
      {
        find: 'governingSubscription(planSubscriptions(own, planOfPrice))',
        replace: 'governingSubscription(list)',
      },
    ],
    project: 'unit',
    test: 'test/unit/domain/subscriptions/stripe-subscription.test.ts',
    named: 'with or without subscriptions to prices that no plan names',
  },
  {
    name: 'the walk overlooks an unpaid invoice that a newer one hides',
    file: 'shared/usecases/subscriptions/walk-subscriptions.ts',
    edits: [
      {
        find: 'return sameSubscription(local, { ...listed, paidPlanId,',
        replace:
          'return sameSubscription(local, { ...listed, latestInvoiceId: local.latestInvoiceId, paidPlanId,',
      },
    ],
    project: 'integration',
    test: 'test/integration/stripe/sync.test.ts',
    named: 'finds an unpaid change that a later one hides',
  },
  {
    name: 'the walk overlooks that a plan edit changes what an older invoice bought',
    file: 'shared/usecases/subscriptions/walk-subscriptions.ts',
    edits: [
      {
        find: 'const invoicedPlans = plansOf(invoicedPrices(local), planOfPrice);',
        replace: 'const invoicedPlans = { ...plansOf([], planOfPrice), ...local.invoicedPlans };',
      },
    ],
    project: 'integration',
    test: 'test/integration/stripe/former-prices.test.ts',
    named: 'decides which plan a payment before a failure bought',
  },
  {
    name: 'a subscription saved without the plans of its invoices is saved again for them',
    file: 'shared/domain/subscriptions/subscription.ts',
    edits: [{ find: 'if (!saved) return true;', replace: 'if (!saved) return false;' }],
    project: 'unit',
    test: 'test/unit/domain/subscriptions/stripe-subscription.test.ts',
    named: 'has the plans of the prices that its invoices name',
  },
  {
    name: 'the portal opens for an active subscription that is not paid',
    file: 'shared/usecases/subscriptions/user-subscriptions.ts',
    edits: [
      {
        find: 'planSubscriptions(subscriptions, planOfPrice)',
        replace: 'planSubscriptions(subscriptions, planOfPrice).map((one) => ({ ...one, isUnpaid: false }))',
      },
    ],
    ...IDENTITY,
    named: 'the portal opens for the paid one',
  },
  {
    name: 'a subscription without a plan closes the checkout',
    file: 'shared/usecases/subscriptions/user-subscriptions.ts',
    edits: [
      {
        find: 'planSubscriptions(subscriptions, planOfPrice)',
        replace: 'subscriptions.map((one) => ({ ...one, isUnpaid: planOfPrice.size < 0 }))',
      },
    ],
    ...IDENTITY,
    named: 'decides nothing',
  },
  {
    name: 'one of several customers is read',
    file: 'shared/usecases/subscriptions/user-subscriptions.ts',
    edits: [
      {
        find: 'for (const customerId of customerIds) list.push',
        replace: 'for (const customerId of customerIds.slice(-1)) list.push',
      },
    ],
    ...IDENTITY,
    named: 'each is read before a second subscription',
  },
  {
    name: 'the portal opens for the customer recorded last',
    file: 'shared/usecases/subscriptions/stripe-customer.ts',
    edits: [
      {
        find: 'new Set([...subscribed, ...customerIds.toReversed()])',
        replace: 'new Set([...customerIds.toReversed(), ...subscribed])',
      },
    ],
    ...IDENTITY,
    named: 'the portal opens for the one whose subscription governs',
  },
  {
    name: 'open checkouts stay when one is paid',
    file: 'shared/usecases/subscriptions/handle-stripe-event.ts',
    edits: [
      {
        find: 'if (effects.isBeginning && isSubscribed)',
        replace: 'if (effects.isBeginning && !isSubscribed)',
      },
    ],
    ...IDENTITY,
    named: 'the others expire when one is paid',
  },
  {
    name: "a customer's name counts before its subscription's",
    file: 'shared/domain/subscriptions/stripe-owner.ts',
    edits: [
      {
        find: '[nameIn(metadata), nameIn(ofCustomer), noted]',
        replace: '[nameIn(ofCustomer), nameIn(metadata), noted]',
      },
    ],
    project: 'unit',
    test: 'test/unit/domain/subscriptions/stripe-owner.test.ts',
    named: 'is named by',
  },
  {
    name: 'any text names a user',
    file: 'shared/domain/subscriptions/stripe-owner.ts',
    edits: [
      {
        find: 'name !== undefined && isUserId(name) ? name : undefined',
        replace: 'name !== undefined || isUserId(name) ? name : undefined',
      },
    ],
    ...IDENTITY,
    named: 'nothing is created',
  },
  {
    name: 'the former user of a subscription keeps its plan',
    file: 'shared/usecases/subscriptions/converge-subscription.ts',
    edits: [{ find: 'if (formerUserId !== undefined)', replace: 'if (formerUserId === "")' }],
    ...IDENTITY,
    named: 'of a subscription moved by its metadata',
  },
  {
    name: 'a payment of an invoice that Stripe does not have is listed',
    file: 'shared/usecases/subscriptions/handle-stripe-event.ts',
    edits: [
      {
        find: 'if (!invoice || invoice.customerId !== customerId) return;',
        replace: 'if (!invoice) return subscriptions.savePayment(userId, payment);',
      },
    ],
    ...IDENTITY,
    named: 'only if Stripe has it',
  },
  {
    name: 'a trial is forgotten with its customer',
    file: 'shared/usecases/subscriptions/create-checkout-session.ts',
    edits: [{ find: 'if (isUsed || (await subscriptions.hadTrial(userId)))', replace: 'if (isUsed)' }],
    ...IDENTITY,
    named: 'stays used when its customer was deleted',
  },
  {
    name: 'a sync of one user does not search for them',
    file: 'shared/usecases/subscriptions/sync-subscriptions.ts',
    edits: [{ find: 'await deps.stripe.customersNamed(userId)', replace: 'known' }],
    ...IDENTITY,
    named: 'finds by metadata a customer',
  },
  {
    name: 'a job that found nothing counts as a success',
    file: 'shared/usecases/jobs/run-job.ts',
    edits: [{ find: "nothingDone === undefined ? 'succeeded' : 'nothing_done'", replace: "'succeeded'" }],
    project: 'integration',
    test: 'test/integration/functions/job-routes.test.ts',
    named: 'that finds nothing of it does not count as a success',
  },
  {
    name: 'past due takes the plan away at once',
    file: 'shared/domain/subscriptions/stripe-subscription.ts',
    edits: [{ find: 'toMs(failure.since) + GRACE_MS', replace: 'toMs(failure.since)' }],
    project: 'integration',
    test: 'test/integration/stripe/converge.test.ts',
    named: 'past due keeps the plan for seven days',
  },
  {
    name: 'a subscription is saved over a later version',
    file: 'shared/adapters/dynamodb/subscription-store.ts',
    edits: [
      {
        find: '`version = :read AND ${since}`',
        replace: '`(version = :read OR version <> :read) AND ${since}`',
      },
    ],
    ...FAILURES,
    named: 'arrive two at once for one subscription',
  },
  {
    name: 'an account follows a subscription back to an older version',
    file: 'shared/domain/subscriptions/apply-subscription.ts',
    edits: [{ find: 'if (account.subscriptionVersion > version) return undefined;', replace: '' }],
    project: 'unit',
    test: 'test/unit/domain/subscriptions/apply-subscription.test.ts',
  },
  {
    name: 'a billing cycle added by a plan begins at its anchor',
    file: 'shared/domain/plan.ts',
    edits: [{ find: 'periodStart: isLate ? now : start', replace: 'periodStart: start' }],
    project: 'unit',
    test: 'test/unit/domain/plan.test.ts',
    named: 'adds a billing cycle that counts from now',
  },
  {
    name: 'a clock behind Stripe’s opens another period',
    file: 'shared/domain/billing-period.ts',
    edits: [{ find: 'reported.start - DEDUPE_WINDOW.clockSkewMs <= now', replace: 'reported.start <= now' }],
    project: 'unit',
    test: 'test/unit/domain/billing-period.test.ts',
    named: 'also where our clock is behind',
  },
  {
    name: 'an unchanged read does not invalidate an older one',
    file: 'shared/adapters/dynamodb/subscription-store.ts',
    edits: [
      {
        find: ': `version = :read AND ${since}`',
        replace: ': `version = :read AND (${since} OR attribute_exists(pk))`',
      },
    ],
    project: 'integration',
    test: 'test/integration/stripe/converge.test.ts',
    named: 'was elsewhere for a moment',
  },
  {
    name: 'a read of Stripe that finds nothing leaves no trace',
    file: 'shared/usecases/subscriptions/converge-subscription.ts',
    edits: [{ find: 'if (!(await deps.subscriptions.recordUnchanged(userId, 0))) continue;', replace: '' }],
    project: 'integration',
    test: 'test/integration/stripe/converge.test.ts',
    named: 'another has found nothing',
  },
];
