/** Something that the service told others: an event on a bus, or a notice to a topic. */
export interface NewsItem {
  readonly kind: 'event' | 'notice';
  /** When it arrived, ISO 8601. */
  readonly at: string;
  /** The event's type, or the notice's subject. */
  readonly title: string;
  readonly body: unknown;
}

/** What is kept to be looked at. */
const CAPACITY = 1_000;

/** The last of what arrived, the newest last. Everything else here hears of it line by line. */
export class CapturedMessages {
  readonly #items: NewsItem[] = [];
  readonly #announce: (line: string) => void;

  /** @param announce gets a line for each */
  constructor(announce: (line: string) => void) {
    this.#announce = announce;
  }

  get items(): readonly NewsItem[] {
    return this.#items;
  }

  add(kind: NewsItem['kind'], title: string, body: unknown): void {
    this.#items.push({ kind, at: new Date().toISOString(), title, body });
    if (this.#items.length > CAPACITY) this.#items.shift();
    this.#announce(
      kind === 'event' ? `event  ${title} ${JSON.stringify(body)}` : `notice ${title}: ${firstLine(body)}`,
    );
  }
}

function firstLine(body: unknown): string {
  const { text } = Object(body) as { text?: unknown }; // of whatever shape
  return String(text ?? '').split('\n')[0] ?? '';
}
