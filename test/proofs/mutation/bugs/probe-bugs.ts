import type { PlantedBug } from '../planted-bug.ts';

const PROBES = { project: 'integration', test: 'test/integration/probes.test.ts' } as const;

/** Bugs that count a probe as a user of the product, or let a caller name one. */
export const PROBE_BUGS: readonly PlantedBug[] = [
  {
    name: 'usage counts probes',
    file: 'shared/usecases/ledger/project-changes.ts',
    edits: [
      { find: 'rollUp(counted, deps.reportTimeZone)', replace: 'rollUp(changes, deps.reportTimeZone)' },
    ],
    ...PROBES,
    named: 'no report counts a probe',
  },
  {
    name: 'alerts are raised about probes',
    file: 'shared/usecases/ledger/project-changes.ts',
    edits: [
      { find: 'retryingAlertDeps(deps, retry), counted', replace: 'retryingAlertDeps(deps, retry), changes' },
    ],
    ...PROBES,
    named: 'no alert, event or notice is about a probe',
  },
  {
    name: 'the monitor includes probes',
    file: 'shared/usecases/alerts/monitor-quotas.ts',
    edits: [{ find: '!isProbe(userId)', replace: '!isProbe(userId) || true' }],
    ...PROBES,
    named: 'the monitor leaves probes out',
  },
  {
    name: 'every key may name a probe',
    file: 'functions/http/route.ts',
    edits: [
      {
        find: "operation === 'createApiKey' ? undefined",
        replace: "operation === 'createApiKey' || caller ? undefined",
      },
    ],
    project: 'integration',
    test: 'test/integration/functions/probe-users.test.ts',
    named: 'rejects a probe from a key that is not bound to it',
  },
  {
    name: 'metrics count the decisions of probes',
    file: 'functions/http/record-decision.ts',
    edits: [{ find: ' && !isProbe(userId)', replace: ' && userId !== String(isProbe)' }],
    project: 'integration',
    test: 'test/integration/functions/probe-users.test.ts',
    named: 'counted by no metric',
  },
];
