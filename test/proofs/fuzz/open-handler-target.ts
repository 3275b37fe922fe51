import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { openStripeAccount } from 'stripe-simulator/testing';
import { createTable } from '../../../infra/local/emulators/tables.ts';
import { call } from '../../support/api.ts';
import { declaredTable } from '../../support/declared-table.ts';
import { seedApi } from '../../support/seed-api.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { HandlerTarget } from './handler-target.ts';
import { type FuzzRoutes, routesOf } from './routes.ts';
import { startWriteTap } from './write-tap.ts';

/** The handlers over a fresh table, with a Stripe simulator, and the routes of their own document. */
export async function openHandlerTarget(
  dynamodbEndpoint: string,
): Promise<{ target: FuzzTarget; routes: FuzzRoutes }> {
  const tap = await startWriteTap(dynamodbEndpoint);
  const stripe = await openStripeAccount();
  const client = new DynamoDBClient({
    endpoint: dynamodbEndpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const tableName = `fuzz-${randomUUID()}`;
  const declared = declaredTable();
  const { StreamSpecification: _, ...streamless } = declared.create;
  await createTable(client, { ...declared, create: { ...streamless, TableName: tableName } });
  const api = await seedApi({
    tableName,
    endpoint: tap.endpoint,
    documentClient: DynamoDBDocumentClient.from(client),
    drop: async () => client.destroy(),
  });
  const { secretKey, url: apiBase } = stripe.simulator;
  api.setStripe({ secretKey, webhookSecrets: 'whsec_0123456789abcdef', apiBase });
  const target = new HandlerTarget(api, tap.count);
  const stop = async () => {
    await api.stop();
    await tap.stop();
    await stripe.stop();
  };
  const { body } = await call('getOpenApi');
  return { target: Object.assign(target, { stop }), routes: routesOf(body) };
}
