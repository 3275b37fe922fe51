import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { type AttributeMap, wireMapOf } from './attribute.ts';

const $metadata = { httpStatusCode: 400 };

/** An invalid request, or one that cannot be applied to the item. */
export function invalid(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', message, $metadata });
}

/** `old`: the previous item, if the request asked for it. */
export function conditionFailed(old: AttributeMap | undefined): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata,
    ...(old && { Item: wireMapOf(old) }),
  });
}

/** `reasons`: one per item of the transaction; `undefined` if its condition was true. */
export function canceled(
  reasons: readonly (ConditionalCheckFailedException | undefined)[],
): TransactionCanceledException {
  return new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata,
    CancellationReasons: reasons.map((reason) =>
      reason
        ? { Code: 'ConditionalCheckFailed', ...(reason.Item && { Item: reason.Item }) }
        : { Code: 'None' },
    ),
  });
}
