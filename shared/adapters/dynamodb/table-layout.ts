import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { LAYOUT } from '../../contract.ts';
import { attempt, type Table, unlessRefused } from './dynamodb.ts';
import { rejectUnreadable } from './unreadable-layout.ts';

/** The number of the table's layout. */
export class TableLayout {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The recorded layout; `undefined` if none is. Consistent. Throws as `attempt` does. */
  async read(): Promise<number | undefined> {
    const command = new GetCommand({ TableName: this.#table.name, Key: LAYOUT.key, ConsistentRead: true });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item && Number(Item[LAYOUT.attribute]);
  }

  /** @throws UnreadableLayout if this release does not read the table's layout */
  async check(): Promise<void> {
    rejectUnreadable('the table', (await this.read()) ?? LAYOUT.default);
  }

  /**
   * Records the layout of this release in a table that has none.
   *
   * @throws UnreadableLayout if it has one that this release does not read
   */
  async record(): Promise<void> {
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: { ...LAYOUT.key, [LAYOUT.attribute]: LAYOUT.current },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    if (!(await unlessRefused(() => this.#table.client.send(command)))) await this.check();
  }
}
