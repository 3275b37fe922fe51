import { z } from 'zod';
import { ROUTES } from '../../shared/contract.ts';
import type { Step } from './step.ts';

const Document = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
});

export const PUBLIC_STEPS: readonly Step[] = [
  {
    operation: 'getHealth',
    checks: 'the deployment can be reached and its table answers',
    request: () => ({}),
    status: 200,
    body: z.object({ status: z.literal('ok') }),
    isEssential: true,
  },
  {
    operation: 'getOpenApi',
    checks: 'the document has every route of this checkout',
    request: () => ({}),
    status: 200,
    body: Document,
    after: (_, { body }) => {
      const { paths } = Document.parse(body);
      const missing = Object.values(ROUTES).filter(
        ({ method, path }) => paths[path]?.[method.toLowerCase()] === undefined,
      );
      if (missing.length === 0) return;
      const names = missing.map(({ method, path }) => `${method} ${path}`).join(', ');
      throw new Error(`missing: ${names}; is another release deployed?`);
    },
  },
  {
    operation: 'receiveStripeEvent',
    checks: "an event without Stripe's signature is rejected",
    request: () => ({ body: { id: 'evt_smoke', type: 'invoice.paid' } }),
    // 404 while no keys of Stripe are set.
    status: [400, 404],
    body: z.object({ code: z.enum(['invalid_signature', 'webhook_not_configured']) }),
  },
];
