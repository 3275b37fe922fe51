import type { RaiseAlertsDeps } from '../alerts/raise-alerts.ts';
import type { PruneOperationsDeps } from './prune-operations.ts';

/** Runs one idempotent request until it succeeds or the time for retries ends. */
export type Retry = <T>(request: () => Promise<T>) => Promise<T>;

/** The dependencies of alerts, each of whose requests to the table is retried by itself. */
export function retryingAlertDeps(deps: RaiseAlertsDeps, retry: Retry): RaiseAlertsDeps {
  const { alerts, outbox, plans } = deps;
  return {
    ...deps,
    alerts: {
      raise: (...request) => retry(() => alerts.raise(...request)),
      recover: (...request) => retry(() => alerts.recover(...request)),
      claim: (...request) => retry(() => alerts.claim(...request)),
      markPublished: (...request) => retry(() => alerts.markPublished(...request)),
    },
    outbox: { keep: (...request) => retry(() => outbox.keep(...request)) },
    plans: { current: (...request) => retry(() => plans.current(...request)) },
  };
}

/** The dependencies of pruning, each of whose requests is retried by itself. */
export function retryingPruneDeps(deps: PruneOperationsDeps, retry: Retry): PruneOperationsDeps {
  const { accounts, ledger } = deps;
  return {
    ...deps,
    accounts: { prune: (...request) => retry(() => accounts.prune(...request)) },
    ledger: { findRecords: (...request) => retry(() => ledger.findRecords(...request)) },
  };
}
