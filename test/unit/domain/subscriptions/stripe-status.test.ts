import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import {
  grantsPlan,
  STRIPE_STATUS,
  type StatusRule,
  SUBSCRIPTION_STATUSES,
  statusRule,
} from '../../../../shared/domain/subscriptions/stripe-status.ts';

/**
 * Statuses of the SDK's types, by whether they grant the plan. A status that the SDK adds does not compile.
 */
const GRANTS: Readonly<Record<Stripe.Subscription.Status, boolean>> = {
  active: true,
  trialing: true,
  past_due: true,
  paused: false,
  unpaid: false,
  incomplete: false,
  canceled: false,
  incomplete_expired: false,
};
const RULES: readonly StatusRule[] = Object.values(STRIPE_STATUS);

describe("Stripe's statuses", () => {
  it("are those of the SDK's types", () => {
    expect(Object.keys(STRIPE_STATUS).sort()).toEqual(Object.keys(GRANTS).sort());
  });

  it.each(Object.entries(GRANTS))('%s: grants the plan: %s', (status, grants) => {
    expect(statusRule(status).grants).toBe(grants);
    expect(grantsPlan(statusRule(status).local)).toBe(grants);
  });

  it('that grant rank before those that do not, and are running', () => {
    const granting = RULES.filter(({ grants }) => grants);
    const worst = Math.max(...granting.map(({ rank }) => rank));
    expect(granting.every(({ isRunning }) => isRunning)).toBe(true);
    expect(RULES.filter(({ grants }) => !grants).every(({ rank }) => rank > worst)).toBe(true);
  });

  it('that are unknown grant nothing, are not running and rank last', () => {
    for (const status of ['suspended', '', 'constructor', '__proto__']) {
      const rule = statusRule(status);
      expect(rule).toMatchObject({ local: 'UNPAID', grants: false, isRunning: false, isBilled: false });
      expect(RULES.every(({ rank }) => rank <= rule.rank)).toBe(true);
    }
  });

  it('reach every local status', () => {
    expect(new Set(RULES.map(({ local }) => local))).toEqual(new Set(SUBSCRIPTION_STATUSES));
  });
});
