import type { OperationName } from '../../shared/contract.ts';
import { createApiKeyRequest, revokeApiKeyRequest } from '../http/requests/api-key-requests.ts';
import { warmUpCacheRequest } from '../http/requests/cache-requests.ts';
import {
  getUserQuotaRequest,
  getUserUsageRequest,
  setUserPlanRequest,
} from '../http/requests/user-requests.ts';
import { ALERT_OPERATIONS } from './alert-operations.ts';
import { BILLING_OPERATIONS } from './billing-operations.ts';
import { ANSWERS, REQUESTS } from './examples.ts';
import { JOB_OPERATIONS } from './job-operations.ts';
import type { OperationDoc } from './operation-doc.ts';
import { PLAN_OPERATIONS } from './plan-operations.ts';
import { QUOTA_OPERATIONS } from './quota-operations.ts';
import { REPORT_OPERATIONS } from './report-operations.ts';
import * as results from './result-schemas.ts';

/** Every route of the contract; one that is missing here does not compile. */
export const OPERATIONS: Readonly<Record<OperationName, OperationDoc>> = {
  ...QUOTA_OPERATIONS,
  ...PLAN_OPERATIONS,
  ...BILLING_OPERATIONS,
  ...ALERT_OPERATIONS,
  ...JOB_OPERATIONS,
  ...REPORT_OPERATIONS,
  getUserQuota: {
    tag: 'Users',
    summary: "All of a user's counters; a user without an account has the default plan, at version 0",
    request: getUserQuotaRequest,
    answers: [
      {
        status: 200,
        says:
          'The account. `plan.version` is the version applied last; features that a newer version of the plan adds, or ' +
          'gives more room, are shown as the next request finds them.',
        schema: results.accountState,
        examples: { account: ANSWERS.account },
      },
    ],
  },
  getUserUsage: {
    tag: 'Users',
    summary: 'What a user used day by day (at most 92 days; by default the last 30), and the counters',
    request: getUserUsageRequest,
    answers: [
      {
        status: 200,
        says:
          'The report. Days without use are absent. `consistent` and `minVersion` hold for the counters; days are then ' +
          'read past the cache, but are written after each change: they lag the counters by a second or so, longer ' +
          'where that is at a standstill. `daysVersion` says how far they are.',
        schema: results.usageReport,
        examples: { report: ANSWERS.usage },
      },
    ],
  },
  setUserPlan: {
    tag: 'Administration',
    summary: 'Put a user on a plan now: limits move by their difference, usage stays',
    request: setUserPlanRequest,
    example: REQUESTS.userPlan,
    subject: 'account',
    answers: [
      {
        status: 200,
        says: 'Changed.',
        schema: results.accountChange,
        examples: { changed: ANSWERS.accountChange },
      },
    ],
    problems: ['unknown_plan'],
  },
  createApiKey: {
    tag: 'Administration',
    summary: 'Create an API key; the key is shown in this answer only',
    request: createApiKeyRequest,
    example: REQUESTS.key,
    answers: [{ status: 201, says: 'Created.', schema: results.newKey, examples: { key: ANSWERS.newKey } }],
  },
  revokeApiKey: {
    tag: 'Administration',
    summary: 'Revoke an API key for good; it may be accepted for up to a minute longer',
    request: revokeApiKeyRequest,
    answers: [{ status: 204, says: 'Revoked, now or before.' }],
    problems: ['unknown_api_key'],
  },
  getCacheStats: {
    tag: 'Administration',
    summary: 'Hits, misses and writes of the caches of all functions today (UTC)',
    request: {},
    answers: [
      {
        status: 200,
        says: 'The counts.',
        schema: results.cacheStats,
        examples: { stats: ANSWERS.cacheStats },
      },
    ],
  },
  warmUpCache: {
    tag: 'Administration',
    summary: 'Fill the caches in advance: with every plan, or with one user',
    request: warmUpCacheRequest,
    example: REQUESTS.warmUp,
    answers: [
      {
        status: 200,
        says: 'How many entries were filled; 0 where Redis does not answer.',
        schema: results.warmUp,
        examples: { user: ANSWERS.warmUp },
      },
    ],
  },
  getHealth: {
    tag: 'Service',
    summary: 'Whether the service can answer',
    request: {},
    answers: [
      {
        status: 200,
        says: 'The service is healthy.',
        schema: results.health,
        examples: { ok: ANSWERS.health },
      },
    ],
  },
  getOpenApi: {
    tag: 'Service',
    summary: 'This document',
    request: {},
    answers: [
      {
        status: 200,
        says: 'OpenAPI 3.1.',
        schema: results.openApi,
        examples: { beginning: { openapi: '3.1.1', paths: {} } },
      },
    ],
  },
};
