/** CloudWatch metrics. Dimensions never name a user. */
export const METRICS = {
  /** The dimension `service` of metrics of the service as a whole. */
  service: 'quota',
  decision: 'Decision',
  units: 'Units',
  decisionLatencyMs: 'DecisionLatency',
  /** Decisions that used or reserved units of a feature; each request with one is one ledger entry. */
  accepted: 'Accepted',
  /** Used share of an account's limit after an accepted operation, in percent. */
  usagePercent: 'UsagePercentage',
  projectorLagMs: 'ProjectorLag',
  ledgerEntries: 'LedgerEntries',
  invariantBroken: 'InvariantBroken',
  /** Contradictions between accounts and their ledgers that a run of `ledger-audit` found. */
  ledgerFindings: 'LedgerFindings',
  /** Published by the projector and the monitor. */
  alertsRaised: 'AlertsRaised',
  /**
   * Events and notices that the projector or the monitor could not publish; the monitor's next run retries
   * them.
   */
  notificationsPending: 'NewsUntold',
  /** Stripe's events by outcome, and the findings of the sync. */
  stripe: {
    eventHandled: 'StripeEventHandled',
    eventRepeated: 'StripeEventRepeated',
    eventIgnored: 'StripeEventIgnored',
    /** It had no valid signature. */
    eventRefused: 'StripeEventRefused',
    /** Handling failed; Stripe retries. */
    eventFailed: 'StripeEventFailed',
    /**
     * A paid subscription has a price that no plan names: it grants nothing, and the operator must check it.
     */
    unknownPrice: 'StripeUnknownPrice',
    /** A customer of Stripe without a user, or with a name that is not a valid user id. */
    unknownUser: 'StripeUnknownUser',
    /** A subscription names two users: its metadata, its customer's, and the user stored before differ. */
    nameConflict: 'StripeNameConflict',
    /** A user has several running subscriptions to plans. */
    severalSubscriptions: 'StripeSeveralSubscriptions',
    syncChecked: 'StripeSyncChecked',
    syncChanged: 'StripeSyncChanged',
    syncFailed: 'StripeSyncFailed',
    syncDrifted: 'StripeSyncDrifted',
  },
  /** Counts of the caches, by kind. */
  cache: {
    l1Hits: 'CacheL1Hits',
    l2Hits: 'CacheL2Hits',
    misses: 'CacheMisses',
    fills: 'CacheFills',
    errors: 'CacheErrors',
  },
  /** Outcomes of acquisitions of a lock; the resource is in the log. */
  lock: {
    acquired: 'LockAcquired',
    contended: 'LockContended',
    timed_out: 'LockTimedOut',
    unavailable: 'LockUnavailable',
    lost: 'LockLost',
  },
  lockWaitMs: 'LockWait',
  /** API keys. The look-ups of unknown ones, which API Gateway caches for a minute each. */
  keys: {
    unknown: 'UnknownApiKeys',
    rateLimited: 'RateLimitedRequests',
    /** Days since the first admin key was created, published while it is used. */
    firstAdminKeyAgeDays: 'FirstAdminKeyAgeDays',
  },
  /** Runs of the canary. */
  canary: {
    /** 1 for a run whose calls were answered as they must be, 0 for another; 1 at a deployment. */
    succeeded: 'CanarySucceeded',
    /** Time of its consume, from outside. */
    latencyMs: 'CanaryLatency',
  },
  /** Runs of the jobs, by job and outcome. */
  job: {
    runs: 'JobRuns',
    processed: 'JobItemsProcessed',
    failed: 'JobItemsFailed',
    durationMs: 'JobDuration',
    /** 1 for a run that completed or advanced, 0 for one that failed; 1 at a deployment. By job. */
    alive: 'JobAlive',
  },
  dimensions: {
    service: 'service',
    feature: 'feature',
    outcome: 'outcome',
    cache: 'cache',
    job: 'job',
  },
} as const;

/** Metrics with the same unit and dimensions. Each is published once under every set of dimensions. */
export interface MetricShape {
  readonly names: readonly string[];
  readonly unit: 'Count' | 'Milliseconds' | 'Percent';
  readonly dimensions: readonly (readonly string[])[];
}

/** Every metric's unit and dimensions. */
export const METRIC_SHAPES: readonly MetricShape[] = [
  { names: [METRICS.decision, METRICS.units], unit: 'Count', dimensions: [['feature', 'outcome']] },
  { names: [METRICS.decisionLatencyMs], unit: 'Milliseconds', dimensions: [['feature', 'outcome']] },
  { names: [METRICS.accepted], unit: 'Count', dimensions: [['service'], ['feature']] },
  { names: [METRICS.usagePercent], unit: 'Percent', dimensions: [['service'], ['feature']] },
  { names: Object.values(METRICS.cache), unit: 'Count', dimensions: [['cache']] },
  {
    names: [
      METRICS.ledgerEntries,
      METRICS.invariantBroken,
      METRICS.ledgerFindings,
      METRICS.alertsRaised,
      METRICS.notificationsPending,
      METRICS.canary.succeeded,
      ...Object.values(METRICS.stripe),
      ...Object.values(METRICS.lock),
      ...Object.values(METRICS.keys),
    ],
    unit: 'Count',
    dimensions: [['service']],
  },
  {
    names: [METRICS.job.runs, METRICS.job.processed, METRICS.job.failed],
    unit: 'Count',
    dimensions: [['job', 'outcome']],
  },
  { names: [METRICS.job.alive], unit: 'Count', dimensions: [['job']] },
  { names: [METRICS.job.durationMs], unit: 'Milliseconds', dimensions: [['job', 'outcome']] },
  {
    names: [METRICS.projectorLagMs, METRICS.lockWaitMs, METRICS.canary.latencyMs],
    unit: 'Milliseconds',
    dimensions: [['service']],
  },
];
