/** The plans of histories; small limits, so that many calls are denied. `storage` is a gauge. */
export const PLANS = {
  free: { aiRequest: 10, upload: 5, storage: 8 },
  team: { aiRequest: 16, upload: 9, storage: 12 },
} as const;
export type PlanId = keyof typeof PLANS;
export const FEATURES = ['aiRequest', 'upload', 'storage'] as const;
export type Feature = (typeof FEATURES)[number];
export const GAUGE: Feature = 'storage';

export type Amounts = Partial<Record<Feature, number>>;

/** An operation of a client. `key`: an Idempotency-Key; a reservation is named by the key that made it. */
export type QuotaOperation =
  | { readonly verb: 'consume'; readonly amounts: Amounts; readonly key?: string }
  | { readonly verb: 'release'; readonly amount: number; readonly key?: string }
  | { readonly verb: 'reserve'; readonly feature: Feature; readonly amount: number; readonly key: string }
  | { readonly verb: 'confirm'; readonly reservation: string; readonly amount: number }
  | { readonly verb: 'cancel'; readonly reservation: string }
  | { readonly verb: 'grant'; readonly feature: Feature; readonly amount: number }
  | { readonly verb: 'reset' }
  | { readonly verb: 'plan'; readonly planId: PlanId }
  | { readonly verb: 'read' };

/** An account in a single sequential process. */
export interface QuotaState {
  /** The number of accepted changes. */
  readonly version: number;
  readonly planId: PlanId;
  readonly granted: Amounts;
  readonly used: Amounts;
  readonly holds: Readonly<Record<string, { readonly feature: Feature; readonly amount: number }>>;
  /** Accepted operations: id → content. */
  readonly accepted: Readonly<Record<string, string>>;
}

export const UNSEEN: QuotaState = {
  version: 0,
  planId: 'free',
  granted: {},
  used: {},
  holds: {},
  accepted: {},
};

export interface Figures {
  readonly limit: number;
  readonly used: number;
  readonly held: number;
}

export interface Answer {
  readonly code: 'changed' | 'replayed' | 'key_reused' | 'denied' | 'read';
  readonly state: QuotaState;
}

export function figuresOf({ planId, granted, used, holds }: QuotaState, feature: Feature): Figures {
  const held = Object.values(holds).reduce(
    (sum, hold) => sum + (hold.feature === feature ? hold.amount : 0),
    0,
  );
  return { limit: PLANS[planId][feature] + (granted[feature] ?? 0), used: used[feature] ?? 0, held };
}

/**
 * The effect of one operation: all promises of the service on one page.
 *
 * @param id of the operation: two with the same id are one operation sent twice
 */
export function apply(state: QuotaState, operation: QuotaOperation, id: string): Answer {
  if (operation.verb === 'read') return { code: 'read', state };
  const content = JSON.stringify(operation);
  const known = state.accepted[id];
  if (known !== undefined) return { code: known === content ? 'replayed' : 'key_reused', state };
  const next = change(state, operation);
  if (!next) return { code: 'denied', state };
  const accepted = { ...state.accepted, [id]: content };
  return { code: 'changed', state: { ...next, accepted, version: state.version + 1 } };
}

/** The state after an operation, or `undefined` if it is denied. */
function change(
  state: QuotaState,
  operation: Exclude<QuotaOperation, { verb: 'read' }>,
): QuotaState | undefined {
  switch (operation.verb) {
    case 'consume':
      return use(state, operation.amounts);
    case 'release':
      return operation.amount > (state.used[GAUGE] ?? 0)
        ? undefined
        : addUse(state, { [GAUGE]: -operation.amount });
    case 'reserve': {
      const { feature, amount, key } = operation;
      if (remaining(state, feature) < amount) return undefined;
      return { ...state, holds: { ...state.holds, [key]: { feature, amount } } };
    }
    case 'confirm':
      return settle(state, operation.reservation, operation.amount);
    case 'cancel':
      return settle(state, operation.reservation, 0);
    case 'grant': {
      const { feature, amount } = operation;
      return {
        ...state,
        granted: { ...state.granted, [feature]: (state.granted[feature] ?? 0) + amount },
      };
    }
    case 'reset':
      return { ...state, used: { [GAUGE]: state.used[GAUGE] ?? 0 } };
    case 'plan':
      return { ...state, planId: operation.planId };
  }
}

/** The reservation's units return, and the true amount is used, whatever remains. */
function settle(state: QuotaState, reservation: string, amount: number): QuotaState | undefined {
  const { [reservation]: hold, ...holds } = state.holds;
  return hold && addUse({ ...state, holds }, { [hold.feature]: amount });
}

/** The overdraft of confirming an open reservation: units beyond its hold and the remaining ones. */
export function overdraftOf(state: QuotaState, reservation: string, amount: number): number {
  const hold = state.holds[reservation];
  return hold ? Math.max(0, amount - hold.amount - Math.max(0, remaining(state, hold.feature))) : 0;
}

function use(state: QuotaState, amounts: Amounts): QuotaState | undefined {
  const isShort = FEATURES.some((feature) => {
    const amount = amounts[feature] ?? 0;
    return amount > 0 && remaining(state, feature) < amount;
  });
  return isShort ? undefined : addUse(state, amounts);
}

function addUse(state: QuotaState, amounts: Amounts): QuotaState {
  const used = Object.fromEntries(
    FEATURES.map((feature) => [feature, (state.used[feature] ?? 0) + (amounts[feature] ?? 0)]),
  );
  return { ...state, used };
}

function remaining(state: QuotaState, feature: Feature): number {
  const { limit, used, held } = figuresOf(state, feature);
  return limit - used - held;
}
