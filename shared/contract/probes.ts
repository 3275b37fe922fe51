/**
 * Users of the service's own checks: the canary, and each run of `npm run smoke`. Requests of a probe are
 * decided, charged and recorded in the ledger as those of any user. A probe is in no report, top list, alert,
 * monitor run, plan rollout or metric of decisions, and only an API key that is bound to it may name it
 * (docs/decisions/0025).
 */
export const PROBES = {
  /** Begins the user id of every probe. */
  userPrefix: '_probe:',
  canaryUserId: '_probe:canary',
  /** Plan of a probe until it is given another. No route accepts the id, so no other user can have it. */
  planId: '_probe',
  /** Features of that plan. */
  features: {
    /** Its limit exceeds what the canary consumes in a day by far. */
    plentiful: 'probeCall',
    /** A run of `npm run smoke` exhausts its limit. */
    scarce: 'probeUnit',
    gauge: 'probeByte',
  },
  /** Units per period. */
  limits: { plentiful: 1_000_000_000, scarce: 10, gauge: 1_000 },
} as const;

/** Whether a user is a probe: the one rule for everything that leaves probes out. */
export function isProbe(userId: string): boolean {
  return userId.startsWith(PROBES.userPrefix);
}
