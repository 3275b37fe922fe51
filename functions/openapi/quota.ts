import type { OperationName } from '../../shared/contract.ts';
import {
  batchRequest,
  checkRequest,
  consumeRequest,
  grantRequest,
  releaseRequest,
  resetRequest,
} from '../http/requests/quota-requests.ts';
import { batchResult, quotaResult } from '../http/responses/quota-view.ts';
import {
  accepted,
  accountChange,
  accountVersion,
  batchItems,
  cached,
  oneFeature,
  operation,
} from './account-schemas.ts';
import { type OperationDoc, USE_PROBLEMS } from './operation-doc.ts';
import { ACCOUNT_CHANGE, asked, done, NOW, sample } from './sample-account.ts';
import { component, flag, oneOf } from './schema-parts.ts';

/** Denials that `check` and `check-and-consume` return as `allowed: false`. */
const DECISIONS = ['exceeded', 'unknown_feature', 'suspended'] as const;

const decided = () => ({
  allowed: flag('Whether the request fits.'),
  code: oneOf(['allowed', ...DECISIONS], 'The decision: `allowed`, or the reason for the denial.'),
  ...operation(),
});

const quotaResultSchema = component('QuotaResult', { ...accepted(), ...oneFeature() });

const decisionResultSchema = component('DecisionResult', { ...decided(), ...oneFeature() });

const checkResultSchema = component('CheckResult', { ...decided(), ...oneFeature(), cached: cached() });

const batchResultSchema = component('BatchResult', {
  ...accepted(),
  items: batchItems(),
  ...accountVersion(),
});

const EXAMPLES = {
  result: quotaResult(sample, 'aiRequest', 1, done, NOW),
  gauge: quotaResult(sample, 'storage', 2_048, done, NOW),
  granted: quotaResult(sample, 'aiRequest', 50, done, NOW),
  check: { ...quotaResult(sample, 'aiRequest', 1, asked, NOW), cached: false },
  denied: quotaResult(sample, 'aiRequest', 100, { ...asked, allowed: false, code: 'exceeded' }, NOW),
  batch: batchResult(
    sample,
    new Map([
      ['aiRequest', 1],
      ['storage', 2_048],
    ]),
    done,
    NOW,
  ),
} as const;

/** Bodies that the schemas accept. */
const REQUESTS = {
  use: { userId: 'user-42', type: 'aiRequest', amount: 1, resourceType: 'document', resourceId: 'doc-7' },
  check: { userId: 'user-42', type: 'aiRequest', amount: 1 },
  releaseGauge: { userId: 'user-42', type: 'storage', amount: 2_048 },
  batch: {
    userId: 'user-42',
    items: [
      { type: 'aiRequest', amount: 1 },
      { type: 'storage', amount: 2_048 },
    ],
  },
  reset: { userId: 'user-42', types: ['aiRequest'] },
  grant: { userId: 'user-42', type: 'aiRequest', amount: 50, reason: 'outage of 21 November' },
} as const;

/** The routes that check, change and correct usage. */
export const QUOTA_OPERATIONS = {
  checkQuota: {
    tag: 'Quota',
    summary: 'Check whether units could be consumed now; changes nothing and reserves nothing',
    request: checkRequest,
    example: REQUESTS.check,
    responses: [
      {
        status: 200,
        description: 'The decision, in `allowed`; a denial is 200, too.',
        schema: checkResultSchema,
        examples: { allowed: EXAMPLES.check, exceeded: { ...EXAMPLES.denied, cached: false } },
        isMetered: true,
      },
    ],
  },
  consumeQuota: {
    tag: 'Quota',
    summary: 'Consume units; 429 if the quota is exceeded',
    request: consumeRequest,
    example: REQUESTS.use,
    responses: [
      {
        status: 200,
        description: 'The units were consumed.',
        schema: quotaResultSchema,
        examples: { allowed: EXAMPLES.result },
        isMetered: true,
      },
    ],
    problems: USE_PROBLEMS,
  },
  checkAndConsumeQuota: {
    tag: 'Quota',
    summary: 'Consume units if they fit; always 200, with the decision in `allowed`',
    request: consumeRequest,
    example: REQUESTS.use,
    responses: [
      {
        status: 200,
        description: 'The units were consumed, or denied with `allowed: false` and the reason as `code`.',
        schema: decisionResultSchema,
        examples: { allowed: EXAMPLES.result, exceeded: EXAMPLES.denied },
        isMetered: true,
      },
    ],
  },
  batchConsumeQuota: {
    tag: 'Quota',
    summary: 'Consume units of several features: all of them or none',
    request: batchRequest,
    example: REQUESTS.batch,
    subject: 'several',
    responses: [
      {
        status: 200,
        description: 'The units were consumed.',
        schema: batchResultSchema,
        examples: { allowed: EXAMPLES.batch },
        isMetered: true,
      },
    ],
    problems: USE_PROBLEMS,
  },
  releaseQuota: {
    tag: 'Quota',
    summary: 'Release units of a gauge, such as the bytes of a deleted file',
    request: releaseRequest,
    example: REQUESTS.releaseGauge,
    responses: [
      {
        status: 200,
        description: 'The units were released.',
        schema: quotaResultSchema,
        examples: { released: EXAMPLES.gauge },
        isMetered: true,
      },
    ],
    problems: ['unknown_feature', 'not_a_gauge', 'release_exceeds_usage'],
  },
  resetQuota: {
    tag: 'Administration',
    summary: "Set a user's usage to 0 in the current periods",
    request: resetRequest,
    example: REQUESTS.reset,
    subject: 'account',
    responses: [
      {
        status: 200,
        description: 'The usage was reset.',
        schema: accountChange,
        examples: { reset: ACCOUNT_CHANGE },
      },
    ],
    problems: ['unknown_feature'],
  },
  grantQuota: {
    tag: 'Administration',
    summary: 'Grant a user extra units until the current period ends',
    request: grantRequest,
    example: REQUESTS.grant,
    responses: [
      {
        status: 200,
        description: 'The units were granted.',
        schema: quotaResultSchema,
        examples: { granted: EXAMPLES.granted },
        isMetered: true,
      },
    ],
    problems: ['unknown_feature', 'limit_too_large'],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
