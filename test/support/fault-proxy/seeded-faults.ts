import { seededRandom } from '../faulty-client.ts';
import type { Fault, FaultPlan, IncomingRequest } from './fault.ts';

export interface SeededFaultsOptions {
  readonly seed: number;
  /** 0 … 1. */
  readonly probability: number;
  /** Each with equal probability. */
  readonly faults: readonly Fault[];
  /** Requests that may meet one. @default all */
  readonly only?: (request: IncomingRequest) => boolean;
}

/**
 * A random fault plan. A request's fault follows from the seed and the request's number alone, not from other
 * faults, so the same requests in the same order meet the same faults.
 */
export function seededFaults({
  seed,
  probability,
  faults,
  only = () => true,
}: SeededFaultsOptions): FaultPlan {
  return (request) => {
    if (!only(request)) return undefined;
    // Golden ratio: consecutive numbers must not give similar seeds.
    const random = seededRandom(Math.imul(seed, 0x85ebca6b) ^ Math.imul(request.number, 0x9e3779b1));
    return random() < probability ? faults[Math.floor(random() * faults.length)] : undefined;
  };
}

/** Whether a request changes anything in DynamoDB. */
export function isWrite({ writes }: IncomingRequest): boolean {
  return writes.size > 0;
}
