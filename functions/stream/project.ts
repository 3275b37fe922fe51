import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { METRICS } from '../../shared/contract.ts';
import { projectChanges } from '../../shared/usecases/project-changes.ts';
import { logger } from '../runtime/logger.ts';
import { projectorDeps } from '../runtime/news-composition.ts';
import { publishServiceMetrics } from '../runtime/service-metrics.ts';
import { readAccountChanges } from './account-changes.ts';

/** The projector: the table's stream → ledger, operation records, usage, alerts. A failed record is named, not its batch. */
async function project({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const { changes, poison } = readAccountChanges(Records);
  const { entries, lagMs, broken, alerts } = await projectChanges(projectorDeps(), changes);
  for (const fault of broken) logger.error('invariant broken', { fault });
  publishServiceMetrics([
    [METRICS.ledgerEntries, MetricUnit.Count, entries],
    [METRICS.projectorLagMs, MetricUnit.Milliseconds, lagMs],
    [METRICS.invariantBroken, MetricUnit.Count, broken.length],
    [METRICS.alertsRaised, MetricUnit.Count, alerts.raised],
    [METRICS.newsUntold, MetricUnit.Count, alerts.untold],
  ]);
  logger.info('projected', { entries, lagMs, broken: broken.length, ...alerts });
  if (alerts.untold > 0)
    logger.warn('left to the monitor: EventBridge or SNS did not take it', { ...alerts });
  if (!poison) return { batchItemFailures: [] };
  const { sequenceNumber, cause } = poison;
  logger.error('a stream record cannot be read', { sequenceNumber, error: String(cause) });
  return { batchItemFailures: [{ itemIdentifier: sequenceNumber }] };
}

export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>(project).use(
  injectLambdaContext(logger),
);
