import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENTS } from '../../contract.ts';
import { Unavailable } from '../../domain/faults.ts';
import { publishInBatches } from './publish-in-batches.ts';

/** An event, as EventBridge rules of the product receive it. */
export interface ServiceEvent {
  /** Such as `subscription.changed`. */
  readonly type: Exclude<(typeof EVENTS)[keyof typeof EVENTS], typeof EVENTS.source>;
  /** JSON. */
  readonly detail: object;
  /** When it happened (epoch ms). */
  readonly at: number;
}

/**
 * Publishes events on the service's EventBridge bus. Delivery is at least once and unordered: receivers
 * compare the content, such as a version.
 */
export class EventPublisher {
  readonly #client: Pick<EventBridgeClient, 'send'>;
  readonly #busName: string;

  constructor(client: Pick<EventBridgeClient, 'send'>, busName: string) {
    this.#client = client;
    this.#busName = busName;
  }

  /** @throws Unavailable when EventBridge rejected it */
  async publish(event: ServiceEvent): Promise<void> {
    const [result] = await this.#put([event]).catch(refuse);
    if (result?.EventId === undefined) {
      throw new Unavailable(`the event was not taken: ${result?.ErrorCode ?? 'no reason given'}`);
    }
  }

  /** For each event, whether EventBridge accepted it. Never throws. */
  async publishAll(events: readonly ServiceEvent[]): Promise<boolean[]> {
    return publishInBatches(events, async (batch) => {
      const results = await this.#put(batch);
      return batch.map((_, index) => results[index]?.EventId !== undefined);
    });
  }

  /** EventBridge answers 200 also when it rejected every entry. */
  async #put(events: readonly ServiceEvent[]) {
    const command = new PutEventsCommand({
      Entries: events.map(({ type, detail, at }) => ({
        EventBusName: this.#busName,
        Source: EVENTS.source,
        DetailType: type,
        Detail: JSON.stringify(detail),
        Time: new Date(at),
      })),
    });
    const { Entries = [] } = await this.#client.send(command);
    return Entries;
  }
}

function refuse(cause: unknown): never {
  throw new Unavailable('EventBridge did not answer', { cause });
}
