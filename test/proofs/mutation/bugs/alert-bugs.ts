import type { PlantedBug } from '../planted-bug.ts';

const ALERTS = { project: 'integration', test: 'test/integration/alerts.test.ts' } as const;
const AGAIN = { project: 'integration', test: 'test/integration/alerts-again.test.ts' } as const;
const STORE = 'shared/adapters/dynamodb/alert-store.ts';
const SETTLE = 'shared/usecases/alerts/alert-transitions.ts';

/** Alerts that are published wrongly, or not at all. */
export const ALERT_BUGS: readonly PlantedBug[] = [
  {
    name: 'a level is published only once in a period',
    file: STORE,
    edits: [{ find: 'record.recovery.version >= alert.version', replace: 'record.recovery.version >= 0' }],
    ...AGAIN,
    named: 'the last event has the level',
  },
  {
    name: 'a redelivered rise raises an alert that has recovered since',
    file: STORE,
    edits: [{ find: 'record.recovery.version >= alert.version', replace: 'record.recovery.version < 0' }],
    ...AGAIN,
    named: 'not by a change that is older than its recovery',
  },
  {
    name: 'an alert raised again removes the previous one from the list',
    file: STORE,
    edits: [
      {
        find: '        { Put: { TableName, Item: { ...old, ...earlierAlertKey(item, alert.version) } } },\n',
        replace: '',
      },
    ],
    ...ALERTS,
    named: 'a publication counts for its alert alone',
  },
  {
    name: 'a rise after a missed fall counts as a repetition',
    file: SETTLE,
    edits: [{ find: 'if (!missesFall) return [];', replace: 'return [];' }],
    ...AGAIN,
    named: 'where the stream missed the fall',
  },
  {
    name: 'a fall from one level to another leaves no active alert',
    file: SETTLE,
    edits: [
      {
        find: 'return [...pending, ...(await raiseAlert(deps, alert, !isNoted))];',
        replace: 'return isNoted ? pending : raiseAlert(deps, alert);',
      },
    ],
    ...ALERTS,
    named: 'names the remaining level',
  },
  {
    name: 'alerts of a counter that a plan dropped and restored do not recover',
    file: 'shared/domain/alert.ts',
    edits: [{ find: 'return !old || (old.limit === 0', replace: 'return !!old && (old.limit === 0' }],
    project: 'unit',
    test: 'test/unit/domain/alert.test.ts',
    named: 'restores what was removed within the period',
  },
];
