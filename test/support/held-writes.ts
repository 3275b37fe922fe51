import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';

/** A network that holds the writes of a client, and delivers them on the test's command. */
export class HeldWrites {
  readonly #client: Table['client'];
  readonly #held: object[] = [];
  readonly #onHeld: () => void;
  readonly #isHeld: (count: number) => boolean;
  #count = 0;

  /**
   * @param onHeld called when a write was held, before its sender gets an error
   * @param isHeld whether the n-th update or put, from 1, is held
   */
  constructor(client: Table['client'], onHeld: () => void, isHeld: (count: number) => boolean = () => true) {
    this.#client = client;
    this.#onHeld = onHeld;
    this.#isHeld = isHeld;
  }

  get count(): number {
    return this.#held.length;
  }

  /** The client whose writes are held; the sender of a held one loses its connection. */
  get client(): Table['client'] {
    const send = async (command: object, ...options: never[]): Promise<unknown> => {
      const isWrite = /^(Update|Put)Command$/.test(command.constructor.name);
      if (!isWrite || !this.#isHeld(++this.#count)) return this.#client.send(command as never, ...options); // passed on unchanged
      this.#held.push(command);
      this.#onHeld();
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    };
    return { send: send as Table['client']['send'] }; // one signature for the overloads of every command
  }

  /**
   * Delivers every held write now, in order. Returns the result of each: `applied`, or the name of the error.
   */
  async deliver(): Promise<string[]> {
    const outcomes: string[] = [];
    for (const command of this.#held.splice(0)) {
      const sent = this.#client.send(command as never) as Promise<unknown>; // as above
      outcomes.push(
        await sent.then(
          () => 'applied',
          (error: Error) => error.name,
        ),
      );
    }
    return outcomes;
  }
}
