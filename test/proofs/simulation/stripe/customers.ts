import type { StripeCustomer } from '../../../../shared/adapters/stripe/stripe-gateway.ts';

interface Customer {
  readonly id: string;
  /** The user in its metadata; `undefined`: none, as for a payment link. */
  readonly userId: string | undefined;
  readonly isDeleted: boolean;
  /** Whether its subscriptions have left every list. */
  readonly isForgotten: boolean;
}

/** Stripe's customers, with the users in their metadata. */
export class Customers {
  readonly #customers = new Map<string, Customer>();

  /** The oldest undeleted customer of a user, created if missing. */
  of(userId: string): string {
    return this.#named(userId).find(({ isDeleted }) => !isDeleted)?.id ?? this.add(userId);
  }

  /** Another customer of a user, or without one. */
  add(userId: string | undefined): string {
    const own = this.#named(userId).length;
    const id = `cus_${userId ?? 'link'}${own > 0 ? `_${own + 1}` : ''}`;
    this.#customers.set(id, { id, userId, isDeleted: false, isForgotten: false });
    return id;
  }

  #named(userId: string | undefined): Customer[] {
    return [...this.#customers.values()].filter((customer) => customer.userId === userId);
  }

  delete(id: string, isForgotten: boolean): void {
    const customer = this.#customers.get(id);
    if (customer) this.#customers.set(id, { ...customer, isDeleted: true, isForgotten });
  }

  isForgotten(id: string): boolean {
    return this.#customers.get(id)?.isForgotten ?? false;
  }

  /** A deleted one can still be read, and names no user. */
  retrieve(id: string): StripeCustomer | undefined {
    const customer = this.#customers.get(id);
    if (!customer) return undefined;
    const { userId, isDeleted } = customer;
    return { id, isDeleted, metadata: isDeleted || userId === undefined ? {} : { userId } };
  }

  /** Those whose metadata names a user. */
  named(userId: string): string[] {
    return [...this.#customers.values()]
      .filter((customer) => customer.userId === userId && !customer.isDeleted)
      .map(({ id }) => id);
  }
}
