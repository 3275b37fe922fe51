import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import { publishInBatches } from './publish-in-batches.ts';

/** A message to people, and to what reads for them. */
export interface Notice {
  /** One line of ASCII; what is longer than 100 characters is cut off. */
  readonly subject: string;
  readonly text: string;
  /** By what subscriptions filter, such as `level`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The same as JSON, for programs; it travels as the attribute `detail`. */
  readonly detail: object;
}

const SUBJECT_LENGTH = 100;

/** Sends notices to the alerts' SNS topic. One may come twice: the detail has an id to tell by. */
export class NoticePublisher {
  readonly #client: Pick<SNSClient, 'send'>;
  readonly #topicArn: string;

  constructor(client: Pick<SNSClient, 'send'>, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  /** For each notice, whether SNS took it. Never throws. */
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
