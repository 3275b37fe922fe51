import type { SeededRandom } from '../time/seeded-random.ts';

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ALPHABET = DIGITS + LETTERS;

/** Ids of 14 random characters. */
const SHORT = { customer: 'cus_', product: 'prod_', subscriptionItem: 'si_', request: 'req_' } as const;

/** Ids of 24 characters: a marker, 5 of the time, 10 of the account, 8 random ones. */
const LONG = {
  subscription: 'sub_1',
  price: 'price_1',
  invoice: 'in_1',
  invoiceLine: 'il_1',
  invoiceItem: 'ii_1',
  invoicePayment: 'inpay_1',
  discount: 'di_1',
  lineItem: 'li_1',
  event: 'evt_1',
  paymentMethod: 'pm_1',
  paymentIntent: 'pi_3',
  charge: 'ch_3',
  portalSession: 'bps_1',
  portalConfiguration: 'bpc_1',
  webhookEndpoint: 'we_1',
  paymentMethodConfiguration: 'pmc_1',
} as const;

/** Generates ids with Stripe's prefixes and lengths, in an order that the seed determines. */
export class Ids {
  account: string;
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.account = `acct_1${this.characters(15)}`;
  }

  /** To save and restore, so that no id is generated twice. */
  get state(): { readonly account: string; readonly random: number } {
    return { account: this.account, random: this.#random.state };
  }

  set state({ account, random }: { readonly account: string; readonly random: number }) {
    this.account = account;
    this.#random.state = random;
  }

  short(kind: keyof typeof SHORT): string {
    return SHORT[kind] + this.characters(14);
  }

  /** @param now seconds */
  long(kind: keyof typeof LONG, now: number): string {
    return (
      LONG[kind] + toBase62(now).slice(-5).padStart(5, '0') + this.account.slice(-10) + this.characters(8)
    );
  }

  checkoutSession(): string {
    return `cs_test_a1${this.characters(56)}`;
  }

  webhookSecret(): string {
    return `whsec_${this.characters(32)}`;
  }

  /** Eight capitals and digits, the prefix of a customer's invoice numbers. */
  invoicePrefix(): string {
    return this.characters(8).toUpperCase();
  }

  characters(length: number): string {
    let text = '';
    for (let index = 0; index < length; index++) text += ALPHABET[this.#random.below(ALPHABET.length)];
    return text;
  }
}

function toBase62(value: number): string {
  let rest = value;
  let text = '';
  do {
    text = ALPHABET[rest % 62] + text;
    rest = Math.floor(rest / 62);
  } while (rest > 0);
  return text;
}
