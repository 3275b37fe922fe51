import type { Decoded } from './expectation.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { FuzzRoute } from './routes.ts';
import type { FuzzAnswer } from './verify-answer.ts';

/** A target of requests: the handlers, or the service over HTTP. */
export interface FuzzTarget {
  readonly name: string;
  /** The request as the handler will receive it, as far as predictable. */
  decode(route: FuzzRoute, request: FuzzRequest): Decoded;
  /** `undefined`: the request cannot be sent this way, or the gateway answered it by itself. */
  send(route: FuzzRoute, request: FuzzRequest): Promise<FuzzAnswer | undefined>;
  /** Writes since the beginning, if they are counted per call. */
  readonly writes?: () => number;
  /** A digest of everything stored. */
  digest(): Promise<string>;
  stop(): Promise<void>;
}
