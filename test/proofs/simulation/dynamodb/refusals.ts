import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { type AttributeMap, wireMapOf } from './attribute.ts';

const $metadata = { httpStatusCode: 400 };

/** A request that is wrong in itself, or cannot be applied to the item as it is. */
export function invalid(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', message, $metadata });
}

/** `old`: the item as it was, where the request asked for it. */
export function conditionFailed(old: AttributeMap | undefined): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata,
    ...(old && { Item: wireMapOf(old) }),
  });
}

/** `reasons`: one for each item of the transaction; `undefined` where its condition held. */
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
