import { seededRandom } from '../faulty-client.ts';
import type { Fault, FaultPlan, SeenRequest } from './fault.ts';

export interface SeededFaultsOptions {
  readonly seed: number;
  /** 0 … 1. */
  readonly probability: number;
  /** Each as likely as the others. */
  readonly faults: readonly Fault[];
  /** Requests that may meet one. @default all */
  readonly only?: (request: SeenRequest) => boolean;
}

/**
 * A plan that spares nobody. What becomes of a request follows from the seed and the request's number alone, not from what
 * became of others, so the same requests in the same order meet the same faults.
 */
export function seededFaults({
  seed,
  probability,
  faults,
  only = () => true,
}: SeededFaultsOptions): FaultPlan {
  return (request) => {
    if (!only(request)) return undefined;
    // Golden ratio: numbers that follow each other must not give seeds that resemble each other.
    const random = seededRandom(Math.imul(seed, 0x85ebca6b) ^ Math.imul(request.number, 0x9e3779b1));
    return random() < probability ? faults[Math.floor(random() * faults.length)] : undefined;
  };
}

/** Whether a request changes anything in DynamoDB. */
export function isWrite({ writes }: SeenRequest): boolean {
  return writes.size > 0;
}
