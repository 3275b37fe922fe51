/** A message that the service published: an event on a bus, or a notice to a topic. */
export interface CapturedMessage {
  readonly kind: 'event' | 'notice';
  /** Time of arrival, ISO 8601. */
  readonly at: string;
  /** The event's type, or the notice's subject. */
  readonly title: string;
  readonly body: unknown;
}

/** Number of messages kept for inspection. */
const CAPACITY = 1_000;

/** The latest messages, newest last. Announces each as a line. */
export class CapturedMessages {
  readonly #items: CapturedMessage[] = [];
  readonly #announce: (line: string) => void;

  /** @param announce receives a line for each */
  constructor(announce: (line: string) => void) {
    this.#announce = announce;
  }

  get items(): readonly CapturedMessage[] {
    return this.#items;
  }

  add(kind: CapturedMessage['kind'], title: string, body: unknown): void {
    this.#items.push({ kind, at: new Date().toISOString(), title, body });
    if (this.#items.length > CAPACITY) this.#items.shift();
    this.#announce(
      kind === 'event' ? `event  ${title} ${JSON.stringify(body)}` : `notice ${title}: ${firstLine(body)}`,
    );
  }
}

function firstLine(body: unknown): string {
  const { text } = Object(body) as { text?: unknown }; // any JSON
  return String(text ?? '').split('\n')[0] ?? '';
}
