import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ALL_ENTRIES,
  ENTRIES,
  type Entry,
  JOBS,
  jobEntry,
  METRIC_SHAPES,
  METRICS,
} from '../../shared/contract.ts';
import { type Resource, synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize({
  alarmTopicArn: 'arn:aws:sns:eu-central-1:000000000000:on-call',
});
const alarms = resources('AWS::CloudWatch::Alarm');
const runbook = await readFile(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const sections = [...runbook.matchAll(/^### (.+)$/gm)].map(([, title = '']) =>
  title.toLowerCase().replaceAll(' ', '-'),
);
const sectionOf = ({ Properties }: Resource) =>
  /docs\/runbook\.md#([a-z-]+)$/.exec(Properties.AlarmDescription)?.[1];

describe('every alarm', () => {
  test('has a section in the runbook, and every section an alarm', () => {
    const named = alarms.map(sectionOf);
    expect(new Set(named)).toEqual(new Set(sections));
    expect(sections).toHaveLength(new Set(sections).size);
  });

  test('names the fault and the first step', () => {
    for (const { id, Properties } of alarms) {
      expect(Properties.AlarmDescription.split('. ').length, id).toBeGreaterThanOrEqual(2);
      expect(Properties.AlarmDescription.length, id).toBeLessThanOrEqual(1_024);
    }
  });

  test('notifies the operator', () => {
    for (const { id, Properties } of alarms) {
      expect(Properties.AlarmActions, id).toEqual(['arn:aws:sns:eu-central-1:000000000000:on-call']);
    }
  });
});

interface FlatMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string }[];
}

/** The figures an alarm looks at, those inside of an expression included. */
function metricsOf({ Properties }: Resource): FlatMetric[] {
  if (Properties.MetricName) return [Properties as unknown as FlatMetric]; // an alarm on one metric has its fields
  return Properties.Metrics.flatMap((entry: { MetricStat?: { Metric: FlatMetric } }) =>
    entry.MetricStat ? [entry.MetricStat.Metric] : [],
  );
}

/** The ids of the figures that an alarm's expressions name, and the expressions. */
function mathOf({ Properties }: Resource) {
  const entries: { Id: string; Expression?: string }[] = Properties.Metrics ?? [];
  return {
    ids: entries.filter(({ Expression }) => Expression === undefined).map(({ Id }) => Id),
    expressions: entries.flatMap(({ Expression }) => Expression ?? []),
  };
}

test('no alarm loses its data because one of its metrics has none', () => {
  const computed = alarms.filter(({ Properties }) => Properties.Metrics);
  expect(computed.length).toBeGreaterThan(2);
  for (const alarm of computed) {
    const { ids, expressions } = mathOf(alarm);
    const unfilled = expressions.join(' ').replaceAll(/FILL\(\w+, 0\)/g, '');
    for (const name of ids) expect(unfilled, alarm.id).not.toMatch(new RegExp(`\\b${name}\\b`));
  }
});

test('no alarm computes with more metrics than CloudWatch accepts', () => {
  for (const alarm of alarms) expect(mathOf(alarm).ids.length, alarm.id).toBeLessThanOrEqual(10);
});

test('an alarm on a metric of the functions uses the dimensions that they publish', () => {
  const own = alarms.flatMap(metricsOf).filter(({ Namespace }) => Namespace === METRICS.namespace);
  expect(own.length).toBeGreaterThan(5);
  for (const { MetricName, Dimensions = [] } of own) {
    const shape = METRIC_SHAPES.find(({ names }) => names.includes(MetricName));
    const under = Dimensions.map(({ Name }) => Name).sort();
    expect(
      shape?.dimensions.map((set) => [...set].sort()),
      MetricName,
    ).toContainEqual(under);
  }
});

function alarmsOf(entry: Entry): Resource[] {
  return alarms.filter(({ Properties }) =>
    JSON.stringify(Properties.Dimensions ?? []).includes(`"${functionOf(entry).id}"`),
  );
}

test.each(ALL_ENTRIES)('%s raises an alarm when it fails, or is slow', (entry) => {
  const watched = alarmsOf(entry).map(({ Properties }) => Properties.MetricName);
  expect(watched).toEqual(expect.arrayContaining(['Errors', 'Duration']));
});

test('one alarm watches the throttles of all functions', () => {
  const [alarm, ...others] = alarms.filter(({ Properties }) => Properties.MetricName === 'Throttles');
  expect(others).toEqual([]);
  expect(alarm?.Properties).toMatchObject({ Namespace: 'AWS/Lambda', Threshold: 0 });
  expect(alarm?.Properties.Dimensions).toBeUndefined();
});

test.each([ENTRIES.seed, ...JOBS.map(jobEntry)])('one run of %s is enough for an alarm', (entry) => {
  const { Timeout } = functionOf(entry).Properties;
  for (const metric of ['Errors', 'Duration']) {
    const alarm = alarmsOf(entry).find(({ Properties }) => Properties.MetricName === metric);
    expect(alarm?.Properties, metric).toMatchObject({ EvaluationPeriods: 1 });
    // The figures of a run come when it ends and bear the time of its start, which must still be looked at then.
    expect(alarm?.Properties.Period, metric).toBeGreaterThan(Timeout);
  }
});

test('the dashboard shows every alarm', () => {
  const [dashboard, ...others] = resources('AWS::CloudWatch::Dashboard');
  expect(others).toEqual([]);
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  for (const { id } of alarms) expect(body).toContain(`"${id}"`);
});
