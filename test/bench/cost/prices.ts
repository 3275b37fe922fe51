/**
 * US dollars, from AWS' public price pages: us-east-1, on demand, first tier, without a free tier. The one
 * table of prices of docs/cost.md; compare it with the pages before you rely on it.
 */
export const PRICES = {
  region: 'us-east-1',
  asOf: '2025-06',
  apiGateway: { perMillionRequests: 1 },
  lambda: { perMillionRequests: 0.2, perGbSecond: 0.0000133334 },
  dynamoDb: {
    perMillionWriteUnits: 0.625,
    perMillionReadUnits: 0.125,
    perGbMonth: 0.25,
    backupPerGbMonth: 0.2,
  },
  cloudWatch: {
    perGbIngested: 0.5,
    perMetricMonth: 0.3,
    perAlarmMonth: 0.1,
    perDashboardMonth: 3,
    perContributorRuleMonth: 0.5,
  },
  s3: { perMillionPuts: 5, perGbMonth: 0.023 },
  secretsManager: { perSecretMonth: 0.4, perMillionReads: 5 },
  scheduler: { perMillionStarts: 1 },
} as const;

/** What no local run can measure. */
export const ASSUMED = {
  /** Billed time of a warm request: DynamoDB answers in 4 to 8 ms, the rest is the function's own. */
  requestMs: 15,
  /** Billed time of the projector, for a change. */
  projectorMsPerChange: 5,
  /** Billed time of a run of the canary, which waits for two calls from outside. */
  canaryMs: 200,
  /** Changes of a batch of the stream. */
  changesPerBatch: 10,
  memoryGb: 1,
  /** Bytes that CloudWatch Logs bills for each event beyond its text. */
  logEventOverheadBytes: 26,
  accessLogBytes: 420,
  projectorLineBytes: 700,
  /** A day's peak over its mean. */
  peakFactor: 3,
  /** Lines of an object of the archive: a batch of 10,000 has a week, of each kind. */
  linesPerObject: 650,
  features: 3,
  outcomes: 4,
} as const;

/** Default quotas of an account and region, and settings of this stack. */
export const QUOTAS = {
  stageRequestsPerSecond: 2_000,
  newAccountConcurrency: 10,
  lambdaConcurrency: 1_000,
  apiGatewayRequestsPerSecond: 10_000,
  tableWriteUnitsPerSecond: 40_000,
} as const;
