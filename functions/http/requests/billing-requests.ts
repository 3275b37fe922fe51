import * as z from 'zod/mini';
import type { InputFault } from '../problems.ts';
import type { RequestShape } from '../request-shape.ts';
import { described, planId, printable, userId } from './fields.ts';
import { priceName } from './plan-requests.ts';

const MAX_URL_LENGTH = 2_048;

/** Where a customer is sent. Which origins are allowed is the deployment's setting: see `foreignUrls`. */
function pageUrl(description: string, example: string) {
  return described(
    printable(MAX_URL_LENGTH).check(
      z.refine(isPage, 'must be a URL such as https://app.example.com/billing'),
    ),
    { description, examples: [example] },
  );
}

function isPage(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

export const createCheckoutSessionRequest = {
  body: described(
    z.strictObject({
      userId,
      planId,
      price: z._default(priceName, 'monthly'),
      successUrl: pageUrl(
        'Where the customer comes back to after paying; `{CHECKOUT_SESSION_ID}` in it is replaced.',
        'https://app.example.com/billing?session={CHECKOUT_SESSION_ID}',
      ),
      cancelUrl: pageUrl('Where the customer comes back to without paying.', 'https://app.example.com/plans'),
      trial: z.optional(
        described(z.boolean(), {
          description:
            "`true`: only with the plan's trial, or 409. `false`: without. Absent: with the plan's trial if the user never had one.",
          examples: [true],
        }),
      ),
    }),
    { id: 'CheckoutSessionRequest' },
  ),
  isIdempotent: true,
} as const satisfies RequestShape;

export const createPortalSessionRequest = {
  body: described(
    z.strictObject({
      userId,
      returnUrl: pageUrl('Where the customer comes back to.', 'https://app.example.com/billing'),
    }),
    { id: 'PortalSessionRequest' },
  ),
} as const satisfies RequestShape;

/** `http://localhost:*` stands for every port of the developer's machine; infra/settings.ts allows that for no other name. */
function isAllowed({ origin, protocol, hostname }: URL, allowedOrigins: readonly string[]): boolean {
  return allowedOrigins.includes(origin) || allowedOrigins.includes(`${protocol}//${hostname}:*`);
}

/** A fault for each URL that would lead a customer anywhere but to the product's own pages. */
export function foreignUrls(
  urls: Readonly<Record<string, string>>,
  allowedOrigins: readonly string[],
): InputFault[] {
  return Object.entries(urls)
    .filter(([, url]) => !isAllowed(new URL(url), allowedOrigins))
    .map(([path]) => ({
      path,
      message: 'must have one of the origins that this deployment allows (its setting allowedOrigins)',
      code: 'foreign_origin',
    }));
}
