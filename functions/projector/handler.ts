import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { METRICS } from '../../shared/contract.ts';
import type { AccountChange } from '../../shared/domain/rollup.ts';
import { type Projection, projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import { ChangeNotProjected } from '../../shared/usecases/ledger/project-each.ts';
import { clock } from '../runtime/composition/core.ts';
import { projectorDeps } from '../runtime/composition/notifications.ts';
import { openTable } from '../runtime/composition/open-table.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import { publishServiceMetrics } from '../runtime/telemetry/metrics.ts';
import { readAccountChanges } from './account-changes.ts';

/** Time that a batch may take, reserved at the end of the function's time. */
const RESERVE_MS = 15_000;

/**
 * The projector: the table's stream → ledger, operation records, usage, alerts. It reports the failed record,
 * not its batch.
 */
async function project(
  { Records }: DynamoDBStreamEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<DynamoDBBatchResponse> {
  const { changes, sequenceNumbers, poison } = readAccountChanges(Records);
  // A batch is set aside after a few attempts. They are for records that cannot be projected, so an outage of
  // the table is waited out.
  const endsAt = clock.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
  const { projection, failure } = await projectUpToFailure(changes, endsAt);
  recordProjection(projection);
  if (failure) {
    logger.error('a change was not projected', { error: failure });
    return failedAt(sequenceNumbers[failure.index]);
  }
  if (!poison) return { batchItemFailures: [] };
  const { sequenceNumber, cause } = poison;
  logger.error('a stream record cannot be read', { sequenceNumber, error: String(cause) });
  return failedAt(sequenceNumber);
}

/**
 * Projects the changes; if one fails, those before it: Lambda delivers the reported record and all after it
 * again, and no earlier one.
 *
 * @throws the failure of the first change: it counts as an error of the function, and raises its alarm
 */
async function projectUpToFailure(
  changes: readonly AccountChange[],
  endsAt: number,
): Promise<{ readonly projection: Projection; readonly failure?: ChangeNotProjected }> {
  try {
    return { projection: await projectChanges(projectorDeps(), changes, endsAt) };
  } catch (failure) {
    if (!(failure instanceof ChangeNotProjected) || failure.index === 0) throw failure;
    return { projection: await projectChanges(projectorDeps(), changes.slice(0, failure.index)), failure };
  }
}

function recordProjection({ entries, lagMs, broken, alerts }: Projection): void {
  for (const fault of broken) logger.error('invariant broken', { fault });
  publishServiceMetrics(
    [
      [METRICS.ledgerEntries, entries],
      [METRICS.projectorLagMs, lagMs],
      [METRICS.invariantBroken, broken.length],
      [METRICS.alertsRaised, alerts.raised],
      [METRICS.notificationsPending, alerts.untold],
    ],
    { level: 'INFO', message: 'projected' },
  );
  if (alerts.untold > 0)
    logger.warn('notifications pending: EventBridge or SNS rejected them', { ...alerts });
}

function failedAt(sequenceNumber = ''): DynamoDBBatchResponse {
  return { batchItemFailures: [{ itemIdentifier: sequenceNumber }] };
}

await openTable();

export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>(project).use(
  injectLambdaContext(logger),
);
