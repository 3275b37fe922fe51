import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Books, ConsumeOutcome, Target } from './target.ts';

interface Balance {
  readonly limit: number;
  readonly used: number;
}

/**
 * A typical first implementation: read the balance, compare, write the new one. On the same table, so that
 * only the condition is missing. Two callers that read the same balance both pass, and the later write wins.
 */
export class NaiveTarget implements Target {
  readonly name = 'naive: read, compare, write';
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  #entries = 0;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async createUser(userId: string, limit: number, used: number): Promise<void> {
    await this.#write(userId, { limit, used });
    if (used > 0) await this.#note(userId, used);
  }

  async consume(userId: string, amount: number): Promise<ConsumeOutcome> {
    const balance = await this.#read(userId);
    if (balance.used + amount > balance.limit) return 'denied';
    await this.#write(userId, { ...balance, used: balance.used + amount });
    await this.#note(userId, amount);
    return 'accepted';
  }

  async books(userId: string): Promise<Books> {
    const { used } = await this.#read(userId);
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#tableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :entry)',
        ExpressionAttributeValues: { ':pk': partition(userId), ':entry': 'ENTRY#' },
        ConsistentRead: true,
      }),
    );
    const ledgerUnits = Items.reduce((sum, item) => sum + Number(item.amount), 0);
    return { used, ledgerUnits, ledgerEntries: Items.length };
  }

  async #read(userId: string): Promise<Balance> {
    const { Item } = await this.#client.send(
      new GetCommand({
        TableName: this.#tableName,
        Key: { pk: partition(userId), sk: 'BALANCE' },
        ConsistentRead: true,
      }),
    );
    return Item as Balance; // written by this class alone
  }

  async #write(userId: string, balance: Balance): Promise<void> {
    await this.#put({ pk: partition(userId), sk: 'BALANCE', ...balance });
  }

  async #note(userId: string, amount: number): Promise<void> {
    this.#entries += 1;
    await this.#put({ pk: partition(userId), sk: `ENTRY#${this.#entries}`, amount });
  }

  async #put(item: Record<string, unknown>): Promise<void> {
    await this.#client.send(new PutCommand({ TableName: this.#tableName, Item: item }));
  }
}

function partition(userId: string): string {
  return `NAIVE#${userId}`;
}
