import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { ALERT_PREFIX, alertKey } from '../../../../shared/adapters/dynamodb/keys.ts';
import type { NodeDeps } from '../node.ts';
import { overlaid } from '../overlaid.ts';
import type { Sabotage } from '../simulate.ts';

/** Bugs between a reached level and its receivers. */
export const ALERT_MUTANTS: Readonly<Record<string, Sabotage>> = {
  'an alert is published without a record': {
    alter: (deps) =>
      alerts(deps, {
        raise: async (alert, now) => ({
          code: 'saved',
          record: { alert, untold: new Set(['raised']), claimedUntil: now },
        }),
      }),
  },
  'an alert is raised over the active one': {
    rewrite: onAlert(({ ConditionExpression: _, ExpressionAttributeNames: __, ...input }) => {
      const { ExpressionAttributeValues: ___, ...unconditional } = input;
      return unconditional;
    }),
  },
  'a level is raised once in a period': {
    alter: (deps) =>
      alerts(deps, {
        raise: async (alert, now, isNews) => {
          const { interval, periodStart, feature, userId, level } = alert;
          const record = await deps.alerts.read(alertKey(userId, periodStart, feature, interval, level));
          return record ? { code: 'unchanged', record } : deps.alerts.raise(alert, now, isNews);
        },
      }),
  },
  'an alert raised again drops the pending notifications of the previous one': {
    rewrite: (command) =>
      command instanceof TransactWriteCommand && isAlert(command.input.TransactItems?.[0]?.Put?.Item)
        ? new TransactWriteCommand({ TransactItems: command.input.TransactItems?.slice(0, 1) })
        : command,
  },
  'an alert is raised by a change older than its recovery': {
    alter: (deps) =>
      alerts(deps, {
        raise: (alert, now, isNews) =>
          deps.alerts.raise({ ...alert, version: alert.version + 1_000 }, now, isNews),
      }),
  },
  'a recovery does not name the remaining level': {
    alter: (deps) =>
      alerts(deps, {
        recover: (subject, level, { level: _, ...recovery }, isNews, now) =>
          deps.alerts.recover(subject, level, recovery, isNews, now),
      }),
  },
  'a fall to a level leaves no active alert of it': {
    alter: (deps) =>
      alerts(deps, {
        raise: async (alert, now, isNews) =>
          isNews === false ? { code: 'unchanged', record: undefined } : deps.alerts.raise(alert, now, isNews),
      }),
  },
  'an alert has the level above': {
    alter: (deps) =>
      alerts(deps, {
        raise: (alert, now, isNews) =>
          deps.alerts.raise(alert.level === 'warning' ? { ...alert, level: 'critical' } : alert, now, isNews),
      }),
  },
  'a rejected publication counts as published': {
    alter: (deps) => ({
      ...deps,
      events: {
        publishAll: async (events) => (await deps.events.publishAll(events)).map(() => true),
      },
    }),
  },
  'an alert counts as published when one of two channels has accepted it': {
    alter: (deps) => ({
      ...deps,
      notices: { publishAll: async (notices) => notices.map(() => true) },
    }),
  },
  'a pending notification stays pending': {
    alter: (deps) => ({
      ...deps,
      outboxIndex: { untold: async () => ({ events: [], alerts: [], next: undefined }) },
    }),
  },
  'a rejected event is forgotten': {
    alter: (deps) => ({ ...deps, outbox: overlaid(deps.outbox, { keep: async () => {} }) }),
  },
};

function alerts(deps: NodeDeps, changed: Partial<NodeDeps['alerts']>): NodeDeps {
  return { ...deps, alerts: overlaid(deps.alerts, changed) };
}

function onAlert(edit: (input: PutCommand['input']) => PutCommand['input']) {
  return (command: object): object =>
    command instanceof PutCommand && isAlert(command.input.Item)
      ? new PutCommand(edit(command.input))
      : command;
}

function isAlert(item: Readonly<Record<string, unknown>> | undefined): boolean {
  return String(item?.sk).startsWith(ALERT_PREFIX);
}
