import { DENIAL_CACHE } from '../../../shared/usecases/quota/denial-cache.ts';
import type { HistoryEvent } from './is-linearizable.ts';
import {
  type Answer,
  apply,
  type Feature,
  type Figures,
  figuresOf,
  type QuotaOperation,
  type QuotaState,
} from './quota-machine.ts';

/** A client's observation of an answer. */
export interface Observation {
  /** `unknown`: it may have taken effect. `refused`: it did not, according to the service. */
  readonly code: Answer['code'] | 'unknown' | 'refused';
  /** The account in the answer, if any. */
  readonly version?: number;
  readonly figures?: Partial<Record<Feature, Figures>>;
  /** Whether the account in the answer is the image made by this operation. */
  readonly isOwnImage?: boolean;
  /** Whether a denial may come from the cache, and so be a second old. */
  readonly isCached?: boolean;
}

export interface RecordedCall {
  readonly client: number;
  readonly operation: QuotaOperation;
  readonly observed: Observation;
  /** Milliseconds of one clock. */
  readonly from: number;
  readonly to: number;
}

/** Maximum age of a cached denial: it is kept a second, from before its request was sent. */
const MEMORY_MS = DENIAL_CACHE.ttlMs + 100;

/** A history as events of the sequential machine. */
export function eventsOf(history: readonly RecordedCall[]): HistoryEvent<QuotaState>[] {
  return history.flatMap((call, index) => eventsOfCall(call, operationId(call.operation, index)));
}

/** Two calls with one key are one operation; without one, every call is its own. */
function operationId(operation: QuotaOperation, index: number): string {
  if ('reservation' in operation) return `settle ${operation.reservation}`;
  return ('key' in operation && operation.key) || `call ${index}`;
}

function eventsOfCall({ operation, observed, from, to }: RecordedCall, id: string) {
  const event = (
    step: HistoryEvent<QuotaState>['step'],
    more: Partial<HistoryEvent<QuotaState>> = {},
  ): HistoryEvent<QuotaState> => ({ from, to, isOptional: false, step, ...more });
  const effect = (state: QuotaState) => {
    const answer = apply(state, operation, id);
    return answer.code === 'changed' ? answer.state : undefined;
  };
  const laterRead = (state: QuotaState) =>
    id in state.accepted && matches(state, observed) ? state : undefined;
  switch (observed.code) {
    case 'refused':
      return [];
    case 'unknown':
      return [event(effect, { to: Infinity, isOptional: true })];
    case 'replayed':
      // By an earlier call, or by this one, whose first answer was lost; the account was read at some later
      // moment.
      return [event(effect, { isOptional: true }), event(laterRead)];
    case 'changed':
      if (!observed.isOwnImage) return [event(effect), event(laterRead)];
  }
  const answeredSo = (state: QuotaState) => {
    const answer = apply(state, operation, id);
    return answer.code === observed.code && matches(answer.state, observed) ? answer.state : undefined;
  };
  return [event(answeredSo, observed.isCached ? { from: from - MEMORY_MS } : {})];
}

/** Whether a state matches the client's observation. */
function matches(state: QuotaState, { version, figures = {} }: Observation): boolean {
  if (version !== undefined && version !== state.version) return false;
  return Object.entries(figures).every(([feature, observed]) => {
    const { limit, used, held } = figuresOf(state, feature as Feature); // its keys are features
    return observed.limit === limit && observed.used === used && observed.held === held;
  });
}

/** A readable history, one line per call. */
export function formatHistory(history: readonly RecordedCall[]): string {
  const start = Math.min(...history.map(({ from }) => from));
  return history
    .toSorted((a, b) => a.from - b.from)
    .map(({ client, operation, observed, from, to }) => {
      const span = `${(from - start).toFixed(1)}–${(to - start).toFixed(1)} ms`;
      return `client ${client}  ${span.padEnd(20)} ${JSON.stringify(operation)} → ${JSON.stringify(observed)}`;
    })
    .join('\n');
}
