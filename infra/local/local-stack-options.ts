import type { FirstKeys } from './bootstrap-keys.ts';
import type { RealStripe } from './local-stripe.ts';

export interface LocalStackOptions extends Partial<FirstKeys> {
  /** Port of the HTTP API. @default 0, any free one */
  readonly port?: number;
  /** @default 0, any free one */
  readonly dynamodbPort?: number;
  /** Keeps tables, keys, the position in the streams and the Stripe simulator's account. @default in memory */
  readonly dataFolder?: string;
  /** @default in a temporary folder that goes with the stack */
  readonly logFile?: string;
  /** Environments that one function may have at once; more requests wait. @default 4 */
  readonly maxEnvironments?: number;
  /** Names beside `127.0.0.1` and `localhost` under which the HTTP API is called, e.g. a tunnel's. @default none */
  readonly allowedHosts?: readonly string[];
  /** A Stripe account to use. @default a simulator */
  readonly stripe?: RealStripe;
  /** A Redis behind Upstash's protocol; an empty `url` for none. @default a redis-server of the stack's own */
  readonly redis?: { readonly url: string; readonly token: string };
  /** Cloud assembly to run. @default the app is synthesized */
  readonly assemblyFolder?: string;
  /**
   * Puts something between the functions and what they call: it gets a service's address, and gives the one that the
   * functions are told. The stack itself stays on the straight way.
   * @default nothing
   */
  readonly detour?: Detour;
  /** Gets a line when something is fetched or installed first. @default silent */
  readonly report?: (line: string) => void;
  /** Gets every line of the log. @default silent */
  readonly echoLog?: (line: string) => void;
  /** Gets a line for every event and notice. @default silent */
  readonly announce?: (line: string) => void;
  /**
   * Gets a sentence when the stack can no longer work: an emulator has ended, or the data cannot be saved. It is to be stopped then.
   * @default silent
   */
  readonly onFailure?: (message: string) => void;
}

export type Detour = (service: 'dynamodb' | 'redis' | 'stripe', url: string) => Promise<string>;
