import type { Entry } from '../shared/contract.ts';
import { JOB_SCHEDULES } from './job-schedules.ts';
import { serviceTitle } from './stage.ts';

/**
 * The description of a function, by which people find it among those of the account. Its name stays
 * CloudFormation's: to replace a function with a name of one's own, the name must change.
 */
export function functionDescription(entry: Entry, stage: string): string {
  return `${SUMMARIES[entry]}. ${serviceTitle(stage)}, functions/${entry}.ts`;
}

const SUMMARIES: Readonly<Record<Entry, string>> = {
  'quota/handler': 'Checks, consumes, reserves, releases, grants and resets units',
  'account-reads/handler': 'Reads users, their usage and subscriptions, and plans',
  'admin/handler': 'Changes plans, keys, caches and users, and starts jobs',
  'billing/handler': "Creates sessions of Stripe's checkout and portal",
  'reports/handler': 'Reports on the usage of all users',
  'public/handler': 'Answers /health and /openapi.json',
  'stripe-webhook/handler': "Applies Stripe's events",
  'authorizer/handler': 'Verifies API keys',
  'projector/handler': 'Writes ledger, usage and alerts from the stream of the table',
  'seed/handler': 'Stores default plans and the first keys after a deployment',
  'canary/handler': 'Calls the API at its public URL, as a caller does',
  'jobs/quota-reset': JOB_SCHEDULES['quota-reset'].description,
  'jobs/subscription-sync': JOB_SCHEDULES['subscription-sync'].description,
  'jobs/quota-monitor': JOB_SCHEDULES['quota-monitor'].description,
  'jobs/usage-report': JOB_SCHEDULES['usage-report'].description,
  'jobs/plan-rollout': JOB_SCHEDULES['plan-rollout'].description,
  'jobs/ledger-audit': JOB_SCHEDULES['ledger-audit'].description,
  'jobs/history-archive': JOB_SCHEDULES['history-archive'].description,
};
