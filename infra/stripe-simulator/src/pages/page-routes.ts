import { ApiError } from '../calls/errors.ts';
import type { ApiRequest, ApiResponse } from '../calls/http.ts';
import type { StoredCheckoutSession, StoredPortalSession } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';
import { lineItemsOf, payCheckout } from './checkout.ts';
import { checkoutPage, portalPage } from './pages.ts';
import { actInPortal, type PortalAction } from './portal.ts';

const CHECKOUT = /^\/c\/pay\/([^/?]+)$/;
const PORTAL = /^\/p\/session\/[^/?]+$/;

/** Serves the hosted pages; returns undefined for other paths. Events of their actions name no API call. */
export function servePage(world: World, request: ApiRequest): ApiResponse | undefined {
  const path = request.target.split('?')[0] ?? '';
  const session = world.checkoutSessions.get(CHECKOUT.exec(path)?.[1] ?? '');
  const form = new URLSearchParams(request.method === 'POST' ? request.body : '');
  if (session) return world.automatically(() => serveCheckout(world, session, request.method, form));
  if (!PORTAL.test(path)) return undefined;
  for (const portal of world.portalSessions.newestFirst()) {
    if (new URL(portal.url).pathname === path) {
      return world.automatically(() => servePortal(world, portal, request.method, form));
    }
  }
  return undefined;
}

function serveCheckout(
  world: World,
  session: StoredCheckoutSession,
  method: string,
  form: URLSearchParams,
): ApiResponse {
  const lines = lineItemsOf(world, session).data;
  if (method !== 'POST' || session.status !== 'open') return html(checkoutPage(session, lines, false));
  const isPaid = payCheckout(world, session, form.get('card') === 'declines' ? 'declines' : 'works');
  if (!isPaid) return html(checkoutPage(session, lines, true));
  const id = encodeURIComponent(session.id);
  return redirect((session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', id));
}

function servePortal(
  world: World,
  portal: StoredPortalSession,
  method: string,
  form: URLSearchParams,
): ApiResponse {
  if (method !== 'POST') return html(portalPage(world, portal));
  const subscription = world.subscriptions.get(form.get('subscription') ?? '');
  const action = readAction(form);
  if (!subscription || subscription.customer !== portal.customer || !action) {
    return html(portalPage(world, portal, 'That is not possible.'));
  }
  try {
    actInPortal(world, subscription, action);
  } catch (error) {
    if (error instanceof ApiError) return html(portalPage(world, portal, error.message));
    throw error;
  }
  return redirect(portal.url);
}

function readAction(form: URLSearchParams): PortalAction | undefined {
  const kind = form.get('action');
  if (kind === 'change_price') return { kind, price: form.get('price') ?? '' };
  return kind === 'cancel_at_period_end' || kind === 'resume' || kind === 'cancel_now' ? { kind } : undefined;
}

const html = (body: string): ApiResponse => ({
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body,
});

const redirect = (location: string): ApiResponse => ({ status: 303, headers: { location }, body: '' });
