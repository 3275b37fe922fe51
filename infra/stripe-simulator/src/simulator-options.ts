import type { RequestFilter } from './server/http-server.ts';
import type { DeliveryConditions } from './webhooks/delivery-conditions.ts';
import type { WebhookReceiver } from './webhooks/post-webhook.ts';
import type { SimulatorSettings } from './world/settings.ts';
import type { WriteFile } from './world/world-file.ts';

export interface SimulatorOptions extends Partial<SimulatorSettings> {
  /**
   * Epoch milliseconds at which the clock is stopped; only `control` moves it. @default it runs with the
   * machine's clock
   */
  readonly stoppedAtMs?: number;
  /** The time that a running clock starts from, in epoch milliseconds. @default the machine's time */
  readonly now?: () => number;
  /** An endpoint that receives every event. @default none; the API can create endpoints */
  readonly webhookUrl?: string;
  /** Secrets of that endpoint; each signs. @default one is generated */
  readonly webhookSecrets?: readonly string[];
  /** Receives deliveries in the process, in place of HTTP. */
  readonly webhookReceiver?: WebhookReceiver;
  /** `manual`: deliveries wait for `control.deliver`. @default at-once */
  readonly deliver?: 'at-once' | 'manual';
  readonly deliveryConditions?: DeliveryConditions;
  /**
   * The timestamp in signatures. `wall` leaves out how far the simulator's clock is ahead.
   * @default wall, since receivers compare it with their own clock
   */
  readonly signatureTime?: 'wall' | 'simulator';
  /** Which HTTP requests are served; others get 403. @default all that reach 127.0.0.1 */
  readonly accepts?: RequestFilter;
  /**
   * Persists the account between starts. A call that changes it is answered after the save. Deliveries are
   * held until `control.resumeDeliveries`. Injected failures and delivery conditions are not persisted.
   * @default in memory
   */
  readonly worldFile?: string;
  /**
   * Writes the world file and creates its folder. Should be atomic.
   * @default writes in place: a crash may leave a damaged file, which the next start rejects
   */
  readonly writeFile?: WriteFile;
  /** Called when a save fails. @default the connection of the call that changed the account is closed */
  readonly onSaveFailure?: (error: unknown) => void;
}
