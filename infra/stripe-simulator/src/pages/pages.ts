import { priceText } from '../billing/invoice-lines.ts';
import { currentPeriod, hasEnded } from '../billing/subscription-object.ts';
import type {
  StoredCheckoutSession,
  StoredPortalSession,
  StoredPrice,
  StoredSubscription,
} from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const dateText = (seconds: number) =>
  `${new Date(seconds * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color: #1a1f36 }
section { border: 1px solid #d5dbe1; border-radius: .5rem; padding: 1rem; margin: 1rem 0 }
form { display: inline-block; margin: .25rem .5rem .25rem 0 }
button, select { font: inherit; padding: .4rem .9rem }
.note { color: #697386 } .error { color: #b3093c }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${body}
<p class="note">Simulated Stripe, test mode. No money moves here.</p>
</body>
</html>
`;
}

const button = (label: string, fields: Readonly<Record<string, string>>) =>
  `<form method="post">${hidden(fields)}<button>${escaped(label)}</button></form>`;

const hidden = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`)
    .join('');

const link = (label: string, url: string | null) =>
  url === null ? '' : `<p><a href="${escaped(url)}">${escaped(label)}</a></p>`;

/** Renders the checkout page, with a card that works and one that declines. */
export function checkoutPage(
  session: StoredCheckoutSession,
  lines: readonly { readonly description: string | null }[],
  wasDeclined: boolean,
): string {
  if (session.status !== 'open') {
    return page('Checkout', `<p>This checkout session is ${escaped(String(session.status))}.</p>`);
  }
  const amount = `${((session.amount_total ?? 0) / 100).toFixed(2)} ${(session.currency ?? '').toUpperCase()}`;
  const items = lines.map(({ description }) => `<li>${escaped(description ?? '')}</li>`).join('');
  const error = wasDeclined ? '<p class="error" role="alert">Your card was declined.</p>' : '';
  return page(
    'Checkout',
    `<section><ul>${items}</ul><p>Due now: <strong>${escaped(amount)}</strong></p>${error}
${button('Pay', { card: 'works' })}${button('Decline', { card: 'declines' })}</section>
${link('Back', session.cancel_url)}`,
  );
}

/** Renders the portal page. */
export function portalPage(world: World, session: StoredPortalSession, error?: string): string {
  const prices = [...world.prices.newestFirst()].filter(({ active, type }) => active && type === 'recurring');
  const sections = [...world.subscriptions.inGroup(session.customer).newestFirst()]
    .filter((subscription) => !hasEnded(subscription))
    .map((subscription) => subscriptionSection(subscription, prices));
  const alert = error ? `<p class="error" role="alert">${escaped(error)}</p>` : '';
  const none = sections.length === 0 ? '<p>No such subscription:.</p>' : '';
  return page(
    'Your subscription',
    `${alert}${none}${sections.join('\n')}${link('Back', session.return_url)}`,
  );
}

function subscriptionSection(subscription: StoredSubscription, prices: readonly StoredPrice[]): string {
  const { id, status, cancel_at } = subscription;
  const current = subscription.items.data[0]?.price;
  const ends = cancel_at === null ? '' : `, ends ${dateText(cancel_at)}`;
  const options = prices
    .filter((price) => price.id !== current?.id)
    .map(
      (price) =>
        `<option value="${price.id}">${escaped(`${price.nickname ?? price.lookup_key ?? price.id}: ${priceText(price)}`)}</option>`,
    );
  const change =
    options.length === 0
      ? ''
      : `<form method="post">${hidden({ subscription: id, action: 'change_price' })}<select name="price">${options.join('')}</select> <button>Change price</button></form>`;
  const toggle =
    cancel_at === null
      ? button('Cancel at period end', { subscription: id, action: 'cancel_at_period_end' })
      : button('Resume', { subscription: id, action: 'resume' });
  return `<section>
<p><strong>${escaped(current ? priceText(current) : id)}</strong>, ${escaped(status)}${ends}; this period ends ${dateText(currentPeriod(subscription).end)}</p>
${toggle}${button('Cancel now', { subscription: id, action: 'cancel_now' })}${change}
</section>`;
}
