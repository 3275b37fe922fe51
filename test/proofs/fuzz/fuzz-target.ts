import type { Decoded } from './expectation.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { FuzzAnswer } from './judge.ts';
import type { FuzzRoute } from './routes.ts';

/** Whatever can be asked: the handlers, or the service over HTTP. */
export interface FuzzTarget {
  readonly name: string;
  /** How the handler will see a request, as far as can be told. */
  decode(route: FuzzRoute, request: FuzzRequest): Decoded;
  /** `undefined`: the request cannot be sent this way, or the gateway answered it by itself. */
  send(route: FuzzRoute, request: FuzzRequest): Promise<FuzzAnswer | undefined>;
  /** Changes since the beginning, as far as they are counted call by call. */
  readonly writes?: () => number;
  /** A digest of everything stored. */
  digest(): Promise<string>;
  stop(): Promise<void>;
}
