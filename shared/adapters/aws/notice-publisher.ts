import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import { publishInBatches } from './publish-in-batches.ts';

/** A message for people and programs. */
export interface Notice {
  /** One line of ASCII, cut at 100 characters. */
  readonly subject: string;
  readonly text: string;
  /** For subscription filters, such as `level`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The same as JSON, for programs; sent as the attribute `detail`. */
  readonly detail: object;
}

const SUBJECT_LENGTH = 100;

/**
 * Publishes notices to the alerts' SNS topic. Delivery is at least once; deduplicate by the id in the detail.
 */
export class NoticePublisher {
  readonly #client: Pick<SNSClient, 'send'>;
  readonly #topicArn: string;

  constructor(client: Pick<SNSClient, 'send'>, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  /** For each notice, whether SNS accepted it. Never throws. */
  async publishAll(notices: readonly Notice[]): Promise<boolean[]> {
    return publishInBatches(notices, async (batch) => {
      const entries = batch.map((notice, index) => ({ Id: String(index), ...entryOf(notice) }));
      const command = new PublishBatchCommand({
        TopicArn: this.#topicArn,
        PublishBatchRequestEntries: entries,
      });
      const { Successful = [] } = await this.#client.send(command);
      return entries.map(({ Id }) => Successful.some((taken) => taken.Id === Id));
    });
  }
}

function entryOf({ subject, text, attributes, detail }: Notice) {
  const named = Object.entries({ ...attributes, detail: JSON.stringify(detail) });
  return {
    Subject: subject.slice(0, SUBJECT_LENGTH),
    Message: text,
    MessageAttributes: Object.fromEntries(
      named.map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ),
  };
}
