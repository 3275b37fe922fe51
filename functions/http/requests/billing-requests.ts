import * as z from 'zod/mini';
import type { InputError } from '../problems.ts';
import type { RequestShape } from '../request-shape.ts';
import { described, planId, printable, userId } from './fields.ts';
import { priceName } from './plan-requests.ts';

const MAX_URL_LENGTH = 2_048;

/** A page to redirect customers to. `foreignUrls` checks its origin against the deployment's setting. */
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
        'Page that Stripe redirects to after payment; `{CHECKOUT_SESSION_ID}` is replaced with the session id.',
        'https://app.example.com/billing?session={CHECKOUT_SESSION_ID}',
      ),
      cancelUrl: pageUrl(
        'Page that Stripe redirects to if the customer cancels.',
        'https://app.example.com/plans',
      ),
      trial: z.optional(
        described(z.boolean(), {
          description:
            "`true`: require the plan's trial, otherwise 409. `false`: no trial. Absent: the plan's trial if the user never had one.",
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
      returnUrl: pageUrl('Page that the portal links back to.', 'https://app.example.com/billing'),
    }),
    { id: 'PortalSessionRequest' },
  ),
} as const satisfies RequestShape;

/** `http://localhost:*` matches every port; infra/settings.ts allows that for no other name. */
function isAllowed({ origin, protocol, hostname }: URL, allowedOrigins: readonly string[]): boolean {
  return allowedOrigins.includes(origin) || allowedOrigins.includes(`${protocol}//${hostname}:*`);
}

/** An error for each URL outside the product's own origins. */
export function foreignUrls(
  urls: Readonly<Record<string, string>>,
  allowedOrigins: readonly string[],
): InputError[] {
  return Object.entries(urls)
    .filter(([, url]) => !isAllowed(new URL(url), allowedOrigins))
    .map(([path]) => ({
      path,
      message: 'must have an origin that this deployment allows (setting allowedOrigins)',
      code: 'foreign_origin',
    }));
}
