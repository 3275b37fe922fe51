import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBServiceException, ThrottlingException } from '@aws-sdk/client-dynamodb';
import { SeededRandom } from 'stripe-simulator/seeded-random';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';

/**
 * The fate of a request. Applied, and then: the answer is lost, the service returns 500, the process dies.
 * Not applied: never sent, throttled, the process dies first. `hangs`: never answered, until the caller gives
 * up.
 */
export type Fate =
  | 'answer lost'
  | 'server error'
  | 'dies after'
  | 'never sent'
  | 'throttled'
  | 'dies before'
  | 'hangs';

export interface SentRequest {
  /** 1 for the first request through this client. */
  readonly count: number;
  /** The command's name, such as `UpdateCommand`. */
  readonly command: string;
  /** Its input, as JSON. */
  readonly input: () => string;
}

/** Decides each request's fate; `undefined`: it is sent normally. */
export type Plan = (request: SentRequest) => Fate | undefined;

/** The error of a dead process: none of the SDK's, and none that any code could handle. */
export const PROCESS_DIED = Symbol('the process died');

/** A client that applies the fates of a plan to its requests. */
export function faultyClient(client: Table['client'], plan: Plan): Table['client'] {
  let count = 0;
  const send = async (command: object, options: { abortSignal?: AbortSignal } = {}): Promise<unknown> => {
    count += 1;
    const input = () => JSON.stringify('input' in command ? command.input : {});
    const fate = plan({ count, command: command.constructor.name, input });
    if (fate === 'dies before') throw PROCESS_DIED;
    if (fate === 'never sent')
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    if (fate === 'throttled') throw throttled();
    if (fate === 'hangs') return untilAborted(options.abortSignal);
    const answer = client.send(command as never, options) as Promise<unknown>; // any command, passed on unchanged
    // A refusal is an answer, and can be lost too.
    await answer.catch(() => {});
    if (fate === 'dies after') throw PROCESS_DIED;
    if (fate === 'answer lost') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    if (fate === 'server error') throw serverError();
    return answer;
  };
  return { send: send as Table['client']['send'] }; // one signature for the overloads of every command
}

/** A random plan: each request meets one of the fates with a probability (0 … 1), by a seed. */
export function randomFates(seed: number, probability: number, fates: readonly Fate[], only?: RegExp): Plan {
  const random = seededRandom(seed);
  return ({ command }) => {
    if (only && !only.test(command)) return undefined;
    return random() < probability ? fates[Math.floor(random() * fates.length)] : undefined;
  };
}

/** 0 ≤ x < 1, the same sequence for the same seed ("Mulberry32"). */
export function seededRandom(seed: number): () => number {
  const random = new SeededRandom(seed);
  return () => random.next();
}

async function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  // In production every request times out after a second, with or without its caller's signal.
  await sleep(1_000, undefined, signal ? { signal } : {}).catch(() => {});
  throw Object.assign(new Error('the request timed out'), { name: 'TimeoutError' });
}

function throttled(): Error {
  return new ThrottlingException({ message: 'slow down', $metadata: { httpStatusCode: 400 } });
}

function serverError(): Error {
  return new DynamoDBServiceException({
    name: 'InternalServerError',
    $fault: 'server',
    message: 'internal server error',
    $metadata: { httpStatusCode: 500 },
  });
}
