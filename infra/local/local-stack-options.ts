import type { BootstrapKeys } from './bootstrap-keys.ts';
import type { RealStripe } from './local-stripe.ts';

export interface LocalStackOptions extends Partial<BootstrapKeys> {
  /** Port of the HTTP API. @default 0, any free one */
  readonly port?: number;
  /** @default 0, any free one */
  readonly dynamodbPort?: number;
  /** Persists tables, keys, stream positions and the Stripe simulator's account. @default in memory */
  readonly dataFolder?: string;
  /** @default in a temporary folder that is removed when the stack stops */
  readonly logFile?: string;
  /** Environments that one function may have at once; more requests wait. @default 4 */
  readonly maxEnvironments?: number;
  /** Further host names of the HTTP API beside `127.0.0.1` and `localhost`, e.g. a tunnel's. @default none */
  readonly allowedHosts?: readonly string[];
  /** A Stripe account to use. @default a simulator */
  readonly stripe?: RealStripe;
  /** A Redis with Upstash's protocol; an empty `url` for none. @default the stack starts a redis-server */
  readonly redis?: { readonly url: string; readonly token: string };
  /** Cloud assembly to run. @default the app is synthesized */
  readonly assemblyFolder?: string;
  /**
   * Puts a proxy between the functions and a service: receives the service's URL and returns the one that
   * functions use. The stack itself calls the service directly.
   * @default nothing
   */
  readonly detour?: Detour;
  /** Receives a line when something is fetched or installed. @default silent */
  readonly report?: (line: string) => void;
  /** Receives every line of the log. @default silent */
  readonly echoLog?: (line: string) => void;
  /** Receives a line for every event and notice. @default silent */
  readonly announce?: (line: string) => void;
  /**
   * Receives a message when the stack cannot continue: an emulator has ended, or the data cannot be saved.
   * The caller should stop the stack.
   * @default silent
   */
  readonly onFailure?: (message: string) => void;
}

export type Detour = (service: 'dynamodb' | 'redis' | 'stripe', url: string) => Promise<string>;
