import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { ALERT_PREFIX } from '../../../shared/adapters/dynamodb/keys.ts';
import type { NodeDeps } from '../node.ts';
import { overlaid } from '../overlaid.ts';
import type { Sabotage } from '../simulate.ts';

/** Bugs between a level that is reached and those who are told of it. */
export const ALERT_MUTANTS: Readonly<Record<string, Sabotage>> = {
  'an alert is told without a record': {
    alter: (deps) =>
      alerts(deps, {
        raise: async (alert, now) => ({
          code: 'saved',
          record: { alert, untold: new Set(['raised']), claimedUntil: now },
        }),
      }),
  },
  'an alert is raised over the one that stands': {
    rewrite: onAlert(({ ConditionExpression: _, ExpressionAttributeNames: __, ...input }) => {
      const { ExpressionAttributeValues: ___, ...unconditional } = input;
      return unconditional;
    }),
  },
  'an alert that recovered is raised again in its period': {
    rewrite: onAlert((input) => ({
      ...input,
      ExpressionAttributeValues: { ...input.ExpressionAttributeValues, ':rearmed': Number.MAX_SAFE_INTEGER },
    })),
  },
  'an alert has the level above': {
    alter: (deps) =>
      alerts(deps, {
        raise: (alert, now) =>
          deps.alerts.raise(alert.level === 'warning' ? { ...alert, level: 'critical' } : alert, now),
      }),
  },
  'what the bus did not take counts as told': {
    alter: (deps) => ({
      ...deps,
      events: {
        publishAll: async (events) => (await deps.events.publishAll(events)).map(() => true),
      },
    }),
  },
  'an alert counts as told when one of two has taken it': {
    alter: (deps) => ({
      ...deps,
      notices: { publishAll: async (notices) => notices.map(() => true) },
    }),
  },
  'what was left untold stays so': {
    alter: (deps) => ({
      ...deps,
      untoldIndex: { untold: async () => ({ events: [], alerts: [], next: undefined }) },
    }),
  },
  'an event that was not taken is forgotten': {
    alter: (deps) => ({ ...deps, outbox: overlaid(deps.outbox, { keep: async () => {} }) }),
  },
};

function alerts(deps: NodeDeps, changed: Partial<NodeDeps['alerts']>): NodeDeps {
  return { ...deps, alerts: overlaid(deps.alerts, changed) };
}

function onAlert(edit: (input: PutCommand['input']) => PutCommand['input']) {
  return (command: object): object =>
    command instanceof PutCommand && String(command.input.Item?.sk).startsWith(ALERT_PREFIX)
      ? new PutCommand(edit(command.input))
      : command;
}
