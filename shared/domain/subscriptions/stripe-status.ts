/** Local statuses of a subscription. */
export const SUBSCRIPTION_STATUSES = [
  'ACTIVE',
  'TRIALING',
  'PAST_DUE',
  'UNPAID',
  'CANCELED',
  'PAUSED',
] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** The meaning of one of Stripe's statuses. */
export interface StatusRule {
  readonly local: SubscriptionStatus;
  /** Precedence among a user's subscriptions: the lowest governs. */
  readonly rank: number;
  /** Whether the subscription grants its plan. */
  readonly grants: boolean;
  /** Whether it continues, or would once paid, so that the user would pay twice for a second one. */
  readonly isRunning: boolean;
  /** Whether its invoices determine what is unpaid. */
  readonly isBilled: boolean;
}

/** Every status of Stripe's subscriptions, and all that depends on it. */
export const STRIPE_STATUS = {
  active: { local: 'ACTIVE', rank: 0, grants: true, isRunning: true, isBilled: true },
  trialing: { local: 'TRIALING', rank: 0, grants: true, isRunning: true, isBilled: false },
  past_due: { local: 'PAST_DUE', rank: 1, grants: true, isRunning: true, isBilled: true },
  paused: { local: 'PAUSED', rank: 2, grants: false, isRunning: true, isBilled: false },
  unpaid: { local: 'UNPAID', rank: 3, grants: false, isRunning: true, isBilled: false },
  incomplete: { local: 'UNPAID', rank: 4, grants: false, isRunning: false, isBilled: false },
  canceled: { local: 'CANCELED', rank: 5, grants: false, isRunning: false, isBilled: false },
  incomplete_expired: { local: 'CANCELED', rank: 5, grants: false, isRunning: false, isBilled: false },
} as const satisfies Record<string, StatusRule>;

/** The rule for a status that Stripe adds later: it grants nothing and ranks last, until the table has it. */
const UNKNOWN_STATUS: StatusRule = {
  local: 'UNPAID',
  rank: 5,
  grants: false,
  isRunning: false,
  isBilled: false,
};

const RULES: ReadonlyMap<string, StatusRule> = new Map(Object.entries(STRIPE_STATUS));

/** Returns the rule for one of Stripe's statuses; an unknown one grants nothing. */
export function statusRule(stripeStatus: string): StatusRule {
  return RULES.get(stripeStatus) ?? UNKNOWN_STATUS;
}

const GRANTING: ReadonlySet<SubscriptionStatus> = new Set(
  [...RULES.values()].filter(({ grants }) => grants).map(({ local }) => local),
);

/** Whether a subscription with a local status grants its plan. */
export function grantsPlan(status: SubscriptionStatus): boolean {
  return GRANTING.has(status);
}
