import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import { DENIAL_CACHE } from '../../../shared/usecases/quota/denial-cache.ts';
import {
  figuresIn,
  type HttpAnswer,
  type HttpClientOptions,
  sendOperation,
} from '../linearizability/http-client.ts';
import { isKeyless } from '../linearizability/quota-client.ts';
import {
  type Answer,
  apply,
  FEATURES,
  type Feature,
  figuresOf,
  GAUGE,
  overdraftOf,
  type QuotaOperation,
  type QuotaState,
} from '../linearizability/quota-machine.ts';

/** The expected state of one user. */
export interface Model {
  state: QuotaState;
  /** Calls so far: each without a key is an operation of its own. */
  calls: number;
}

/** One user of the running stack. */
export type Real = HttpClientOptions;

type QuotaCommand = fc.AsyncCommand<Model, Real>;

/** Sends an operation, and compares its answer, and the whole account afterwards, with the model's. */
class Ask implements QuotaCommand {
  readonly #operation: QuotaOperation;

  constructor(operation: QuotaOperation) {
    this.#operation = operation;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    model.calls += 1;
    const operation = this.#operation;
    const predicted = apply(model.state, operation, operationId(operation, model.calls));
    const answer = await sendPatiently(real, operation, predicted);
    expectAnswer(answer, operation, predicted, model.state);
    model.state = predicted.state;
    expectView(await sendOperation(real, { verb: 'read' }), model.state);
  }

  toString(): string {
    return JSON.stringify(this.#operation);
  }
}

/** Checks whether units could be used, which changes nothing. */
class Check implements QuotaCommand {
  readonly #feature: Feature;
  readonly #amount: number;

  constructor(feature: Feature, amount: number) {
    this.#feature = feature;
    this.#amount = amount;
  }

  check(): boolean {
    return true;
  }

  async run({ state }: Model, { url, serviceKey, userId }: Real): Promise<void> {
    const response = await fetch(`${url}/v1/quota/check`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ userId, type: this.#feature, amount: this.#amount, consistent: true }),
    });
    expect(response.status).toBe(200);
    const { limit, used, held } = figuresOf(state, this.#feature);
    const allowed = limit - used - held >= this.#amount;
    const code = allowed ? 'allowed' : 'exceeded';
    expect(await response.json()).toMatchObject({ allowed, code, version: state.version, cached: false });
  }

  toString(): string {
    return `check ${this.#amount} of ${this.#feature}`;
  }
}

function operationId(operation: QuotaOperation, call: number): string {
  if ('reservation' in operation) return `settle ${operation.reservation}`;
  return ('key' in operation && operation.key) || `call ${call}`;
}

/** Maximum retries of a caller while the account is busy, a tenth of a second apart. */
const MOST_REPEATS = 100;

/**
 * A cached denial may be a second old: then the caller retries once. The account is busy until the projector
 * has written the records that settling an ended reservation needs.
 */
async function sendPatiently(real: Real, operation: QuotaOperation, predicted: Answer): Promise<HttpAnswer> {
  let answer = await sendOperation(real, operation);
  for (let repeats = 0; answer.body.code === 'account_busy' && repeats < MOST_REPEATS; repeats += 1) {
    await sleep(100);
    answer = await sendOperation(real, operation);
  }
  const isStale = answer.body.allowed === false && answer.body.version < predicted.state.version;
  if (!isKeyless(operation) || predicted.code === 'read' || !isStale) return answer;
  await sleep(DENIAL_CACHE.ttlMs);
  return sendOperation(real, operation);
}

function expectAnswer(
  { status, headers, body }: HttpAnswer,
  operation: QuotaOperation,
  { code, state }: Answer,
  before: QuotaState,
): void {
  if (code === 'denied') {
    expectDenial({ status, headers, body }, operation, before);
    return;
  }
  if (code === 'key_reused') {
    const expected =
      'reservation' in operation
        ? { status: 409, code: settledCode(before, operation.reservation) }
        : { status: 422, code: 'key_reused' };
    expect({ status, code: body.code }).toEqual(expected);
    return;
  }
  const isNewReservation = operation.verb === 'reserve' && code === 'changed';
  expect(status).toBe(isNewReservation ? 201 : 200);
  expect(body).toMatchObject({ version: state.version });
  if (code !== 'read') expect(body).toMatchObject({ replayed: code === 'replayed' });
  if (operation.verb === 'confirm' && code === 'changed')
    expect(body.overdrawn).toBe(overdraftOf(before, operation.reservation, operation.amount));
  expectFigures(body, state);
}

/** The problem of settling a reservation in a second way: by its first settlement. */
function settledCode({ accepted }: QuotaState, reservation: string): string {
  const first: QuotaOperation = JSON.parse(accepted[`settle ${reservation}`] ?? '{}');
  return first.verb === 'cancel' ? 'reservation_released' : 'reservation_settled';
}

function expectDenial({ status, headers, body }: HttpAnswer, operation: QuotaOperation, state: QuotaState) {
  expect(body).toMatchObject({ allowed: false, version: state.version });
  expectFigures(body, state);
  const isMissing = 'reservation' in operation && !(operation.reservation in state.holds);
  const isQuestion = operation.verb === 'consume' && isOneUnit(operation.amounts);
  if (isMissing) expect({ status, code: body.code }).toEqual({ status: 404, code: 'reservation_not_found' });
  else if (operation.verb === 'release') {
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'release_exceeds_usage' });
  } else {
    expect({ status, code: body.code }).toEqual({ status: isQuestion ? 200 : 429, code: 'exceeded' });
    if (!isQuestion) expect(Number(headers.get('retry-after') ?? 1)).toBeGreaterThanOrEqual(1);
  }
}

function isOneUnit(amounts: Partial<Record<Feature, number>>): boolean {
  const list = Object.values(amounts);
  return list.length === 1 && list[0] === 1;
}

/** Every figure in an answer is the model's. */
function expectFigures(body: HttpAnswer['body'], state: QuotaState): void {
  for (const [feature, figures] of Object.entries(figuresIn(body))) {
    expect(figures, feature).toEqual(figuresOf(state, feature as Feature)); // its keys are features
  }
}

/** The whole account, as its owner's product is shown it. */
function expectView({ status, body }: HttpAnswer, state: QuotaState): void {
  expect(status).toBe(200);
  expect(body).toMatchObject({ version: state.version, plan: { id: state.planId }, status: 'active' });
  const features = FEATURES.map((type) => {
    const { limit, used, held } = figuresOf(state, type);
    const figures = { limit, used, held, remaining: limit - used - held, unlimited: false };
    const interval = type === GAUGE ? 'never' : 'month';
    return { type, balance: figures, counters: [{ ...figures, interval, enforced: true }] };
  });
  expect(body.features).toMatchObject(features.sort((a, b) => (a.type < b.type ? -1 : 1)));
}

const feature = fc.constantFrom(...FEATURES);
const key = fc.constantFrom('a', 'b', 'c');
const few = fc.integer({ min: 1, max: 4 });
const mayHaveKey = fc.option(key, { nil: undefined });
const keyed = (name: string | undefined) => (name === undefined ? {} : { key: name });

const amounts = fc
  .record({ aiRequest: few, upload: few, storage: few }, { requiredKeys: [] })
  .filter((some) => Object.keys(some).length > 0);

const operation: fc.Arbitrary<QuotaOperation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(amounts, mayHaveKey)
      .map(([some, name]) => ({ verb: 'consume' as const, amounts: some, ...keyed(name) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(few, mayHaveKey)
      .map(([amount, name]) => ({ verb: 'release' as const, amount, ...keyed(name) })),
  },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('reserve' as const), feature, amount: few, key }) },
  {
    weight: 3,
    arbitrary: fc.record({ verb: fc.constant('confirm' as const), reservation: key, amount: fc.nat(5) }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('cancel' as const), reservation: key }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('grant' as const), feature, amount: few }) },
  { weight: 1, arbitrary: fc.constant({ verb: 'reset' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant('plan' as const),
      planId: fc.constantFrom('free' as const, 'team' as const),
    }),
  },
);

/** Any of the verbs, in any order. */
export const QUOTA_COMMANDS: fc.Arbitrary<QuotaCommand>[] = [
  operation.map((one) => new Ask(one)),
  operation.map((one) => new Ask(one)),
  operation.map((one) => new Ask(one)),
  fc.tuple(feature, fc.integer({ min: 1, max: 12 })).map(([name, amount]) => new Check(name, amount)),
];
