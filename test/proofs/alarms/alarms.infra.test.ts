import { describe, expect, test } from 'vitest';
import { type Resource, synthesize } from '../../support/synth.ts';
import { ALARM_CASES } from './alarm-cases.ts';
import { NOTHING, published } from './histories.ts';
import { CONDITIONS, type History, pagingStatesOf, statesOf } from './watched-alarm.ts';

/**
 * Every alarm of the stack, evaluated by the model of CloudWatch (see `cloudwatch-model.test.ts`) over
 * histories of its metrics: those that must notify and those that must not. Each holds whatever AWS does not
 * document: how late data arrives, where periods begin, and whether FILL fills a metric that was never
 * published.
 */
const { resources } = await synthesize();
const alarms = resources('AWS::CloudWatch::Alarm');
const [composite] = resources('AWS::CloudWatch::CompositeAlarm');

/** How often a history notifies, under each of the conditions. */
function notificationsOf(alarm: Resource, history: History, minutes: number): number[] {
  const paging = pagingStatesOf(alarm);
  return CONDITIONS.map(
    (conditions) =>
      statesOf(alarm, history, minutes, conditions).filter((state, at) => {
        // A state that it was created with notifies only when it comes back.
        return paging.includes(state) && (at > 0 || state !== 'INSUFFICIENT_DATA');
      }).length,
  );
}

const casesOf = ({ id }: Resource) => ALARM_CASES.filter(({ alarms: pattern }) => pattern.test(id));

test('every alarm has its cases, and every case an alarm', () => {
  for (const alarm of alarms) expect(casesOf(alarm), alarm.id).toHaveLength(1);
  const used = new Set(alarms.flatMap(casesOf));
  expect(ALARM_CASES.filter((each) => !used.has(each)).map(({ alarms: pattern }) => pattern)).toEqual([]);
});

describe.each(alarms.map((alarm) => [alarm.id, alarm] as const))('%s', (_id, alarm) => {
  const [cases] = casesOf(alarm);
  if (!cases) return;
  const { minutes, notifies, staysQuiet } = cases;

  test.each(Object.entries(notifies))('notifies: %s', (_name, history) => {
    for (const count of notificationsOf(alarm, history, minutes)) expect(count).toBeGreaterThan(0);
  });

  test.each(Object.entries(staysQuiet))('stays quiet: %s', (_name, history) => {
    for (const count of notificationsOf(alarm, history, minutes)) expect(count).toBe(0);
  });

  test('stays quiet in a new deployment', () => {
    const seeded = [{ at: 2, value: 1 }];
    const justSeeded = published({ JobAlive: seeded, CanarySucceeded: seeded });
    for (const history of [NOTHING, justSeeded])
      for (const count of notificationsOf(alarm, history, 5)) expect(count).toBe(0);
  });
});

test('callers are affected while one of its alarms is raised, and not by jobs, Stripe, caches or high usage', () => {
  const rule = JSON.stringify(composite?.Properties.AlarmRule);
  const members = alarms
    .filter(({ id }) => rule.includes(`"Fn::GetAtt":["${id}","Arn"]`))
    .map(({ id }) => id);
  const operators = rule
    .replaceAll(/\{"Fn::GetAtt":\["\w+","Arn"\]\}/g, '')
    .match(/\b(AND|OR|NOT|OK|INSUFFICIENT_DATA)\b/g);
  expect(new Set(operators)).toEqual(new Set(['OR']));
  expect(rule.match(/ALARM\(/g)).toHaveLength(members.length);
  expect(members.map((id) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual(
    [
      'CanaryFailedAlarm',
      'DataTableThrottledAlarm',
      'FunctionThrottlesAlarm',
      ...['AccountReads', 'Admin', 'Authorize', 'Billing', 'Public', 'Quota', 'Reports'].flatMap((name) => [
        `Http${name}ErrorsAlarm`,
        `Http${name}SlowAlarm`,
      ]),
      'HttpServerErrorAlarm',
    ].sort(),
  );
});
