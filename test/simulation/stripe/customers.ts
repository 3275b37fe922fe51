import type { StripeCustomer } from '../../../shared/adapters/stripe/stripe-gateway.ts';

interface Customer {
  readonly id: string;
  readonly userId: string;
  readonly isDeleted: boolean;
  /** Whether its subscriptions are in no list of its own any more. */
  readonly isForgotten: boolean;
}

/** Who is which of Stripe's customers: one at a time, and another one once it is deleted. */
export class Customers {
  readonly #customers = new Map<string, Customer>();

  /** The customer that a user is now, made where there is none. */
  of(userId: string): string {
    const own = [...this.#customers.values()].filter((customer) => customer.userId === userId);
    const current = own.find(({ isDeleted }) => !isDeleted);
    if (current) return current.id;
    const id = `cus_${userId}${own.length > 0 ? `_${own.length + 1}` : ''}`;
    this.#customers.set(id, { id, userId, isDeleted: false, isForgotten: false });
    return id;
  }

  delete(id: string, isForgotten: boolean): void {
    const customer = this.#customers.get(id);
    if (customer) this.#customers.set(id, { ...customer, isDeleted: true, isForgotten });
  }

  isForgotten(id: string): boolean {
    return this.#customers.get(id)?.isForgotten ?? false;
  }

  /** One that was deleted can still be looked at, and names nobody. */
  seen(id: string): StripeCustomer | undefined {
    const customer = this.#customers.get(id);
    if (!customer) return undefined;
    const { userId, isDeleted } = customer;
    return { id, isDeleted, metadata: isDeleted ? {} : { userId } };
  }

  /** Those whose metadata names a user. */
  named(userId: string): string[] {
    return [...this.#customers.values()]
      .filter((customer) => customer.userId === userId && !customer.isDeleted)
      .map(({ id }) => id);
  }
}
