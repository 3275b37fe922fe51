import type { ApiRequest, ApiResponse } from '../calls/http.ts';
import type { PortalAction } from '../pages/portal.ts';
import type { InjectedFailure } from '../server/injected-failures.ts';
import type { DeliveryConditions } from '../webhooks/delivery-conditions.ts';
import type { CardBehaviour } from '../world/pending-work.ts';
import type { SimulatorControl } from './control.ts';

/** Prefix of the paths that control the simulator. They need no key. */
export const CONTROL_PATH = '/_simulator';

/** Request bodies. Not validated: tests of this project write them. */
interface Bodies {
  advance: { toMs?: number; byMs?: number };
  cards: { customer: string; card: CardBehaviour | 'none' };
  checkout: { session: string; card?: CardBehaviour };
  portal: { subscription: string; action: PortalAction };
  faults: InjectedFailure;
  'delivery-plan': DeliveryConditions;
  deliver: { count?: number };
  repeat: { event: string };
  seed: { count: number; price: string };
}

type Actions = { [Name in keyof Bodies]: (body: Bodies[Name]) => unknown };

function actionsOf(control: SimulatorControl): Actions {
  return {
    advance: ({ toMs, byMs }) =>
      toMs === undefined ? control.advanceBy(byMs ?? 0) : control.advanceTo(toMs),
    cards: ({ customer, card }) => control.setCard(customer, card),
    checkout: ({ session, card }) => ({ complete: control.payCheckout(session, card) }),
    portal: ({ subscription, action }) => control.actInPortal(subscription, action),
    faults: (failure) => control.failNext(failure),
    'delivery-plan': (conditions) => control.setDeliveryConditions(conditions),
    deliver: ({ count }) => control.deliver(count),
    repeat: ({ event }) => control.repeatEvent(event),
    seed: (options) => ({ made: control.seedSubscriptions(options).length }),
  };
}

/**
 * Serves the control over HTTP: `POST /_simulator/<action>` with a JSON body; `GET /_simulator` returns the
 * time, the pending deliveries and the number of calls. Returns undefined for other paths.
 */
export async function serveControl(
  control: SimulatorControl,
  { method, target, body }: ApiRequest,
): Promise<ApiResponse | undefined> {
  if (target === CONTROL_PATH && method === 'GET') return json(200, summary(control));
  if (!target.startsWith(`${CONTROL_PATH}/`)) return undefined;
  const actions = actionsOf(control);
  const name = target.slice(CONTROL_PATH.length + 1);
  if (method !== 'POST' || !isAction(actions, name)) return json(404, { actions: Object.keys(actions) });
  try {
    const act = actions[name] as (body: unknown) => unknown; // not validated, see Bodies
    return json(200, (await act(body === '' ? {} : JSON.parse(body))) ?? {});
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

const isAction = (actions: Actions, name: string): name is keyof Actions => Object.hasOwn(actions, name);

function summary(control: SimulatorControl) {
  return {
    nowMs: control.nowMs(),
    calls: control.calls().length,
    pending: control
      .pendingDeliveries()
      .map(({ id, event, attempts }) => ({ id, event: event.id, type: event.type, attempts })),
  };
}

const json = (status: number, value: unknown): ApiResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value, null, 2),
});
