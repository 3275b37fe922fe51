/** A delivery as received: the exact body, and headers in lower case. */
export interface WebhookRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Receives deliveries in the process. Resolves to an HTTP status. */
export type WebhookReceiver = (request: WebhookRequest) => Promise<number>;

const TIMEOUT_MS = 20_000;

/** Posts a delivery. Resolves to the status, or undefined without a response. Does not follow redirects. */
export async function postWebhook(
  url: string,
  body: string,
  signature: string,
  receiver?: WebhookReceiver,
): Promise<number | undefined> {
  const headers = {
    accept: '*/*; q=0.5, application/xml',
    'cache-control': 'no-cache',
    'content-type': 'application/json; charset=utf-8',
    'stripe-signature': signature,
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  };
  try {
    if (receiver) return await receiver({ body, headers });
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
