import * as z from 'zod/mini';
import type { OperationName } from '../../shared/contract.ts';
import { described } from '../http/requests/fields.ts';
import type { OperationDoc } from './operation-doc.ts';
import { component, oneOf } from './schema-parts.ts';

const health = component('Health', {
  status: oneOf(['ok'], 'The service is healthy.'),
});

const openApi = described(z.record(z.string(), z.unknown()), {
  description: 'An OpenAPI document.',
});

/** The routes about the service itself. */
export const SERVICE_OPERATIONS = {
  getHealth: {
    tag: 'Service',
    summary: 'Check whether the service is healthy',
    request: {},
    responses: [
      {
        status: 200,
        description: 'The service is healthy.',
        schema: health,
        examples: { ok: { status: 'ok' } },
      },
    ],
  },
  getOpenApi: {
    tag: 'Service',
    summary: 'Get this document',
    request: {},
    responses: [
      {
        status: 200,
        description: 'The OpenAPI 3.1 document.',
        schema: openApi,
        examples: { beginning: { openapi: '3.1.1', paths: {} } },
      },
    ],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
