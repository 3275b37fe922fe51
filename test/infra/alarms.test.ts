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
import { metricsOf } from '../proofs/alarms/watched-alarm.ts';
import { type Resource, synthesize } from '../support/synth.ts';

const { resources, functionOf } = await synthesize({
  alarmTopicArn: 'arn:aws:sns:eu-central-1:000000000000:on-call',
});
const alarms = resources('AWS::CloudWatch::Alarm');
const composites = resources('AWS::CloudWatch::CompositeAlarm');
const described = [...alarms, ...composites];
const usageTopic = resources('AWS::SNS::Topic').find(({ id }) => id.startsWith('AlarmTopicsUsage'));
const runbook = await readFile(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const sections = [...runbook.matchAll(/^### (.+)$/gm)].map(([, title = '']) =>
  title.toLowerCase().replaceAll(' ', '-'),
);
const sectionOf = ({ Properties }: Resource) =>
  /docs\/runbook\.md#([a-z-]+)$/.exec(Properties.AlarmDescription)?.[1];

describe('every alarm', () => {
  test('has a section in the runbook, and every section an alarm', () => {
    const named = described.map(sectionOf);
    expect(new Set(named)).toEqual(new Set(sections));
    expect(sections).toHaveLength(new Set(sections).size);
  });

  test('names the fault and the first step', () => {
    for (const { id, Properties } of described) {
      expect(Properties.AlarmDescription.split('. ').length, id).toBeGreaterThanOrEqual(2);
      expect(Properties.AlarmDescription.length, id).toBeLessThanOrEqual(1_024);
    }
  });

  test('notifies the operator, except of high usage, which has a topic of its own', () => {
    for (const { id, Properties } of described) {
      const isOfUsage = id.startsWith('HighUsageAlarm');
      expect(Properties.AlarmActions, id).toEqual([
        isOfUsage ? { Ref: usageTopic?.id } : 'arn:aws:sns:eu-central-1:000000000000:on-call',
      ]);
    }
  });

  test('notifies without data where a job, or the canary, must run', () => {
    const notifying = alarms.filter(({ Properties }) => Properties.InsufficientDataActions);
    expect(new Set(notifying.map(sectionOf))).toEqual(new Set(['job-missing', 'canary']));
    expect(notifying.length).toBeGreaterThan(4);
  });
});

test('no alarm computes with more metrics than CloudWatch accepts', () => {
  for (const alarm of alarms) expect(metricsOf(alarm).length, alarm.id).toBeLessThanOrEqual(10);
});

test('an alarm on a metric of the functions uses the dimensions that they publish', () => {
  const own = alarms.flatMap(metricsOf).filter(({ Namespace }) => Namespace === 'QuotaService');
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

/** Run by a schedule or a deployment. */
const SELDOM: readonly Entry[] = [ENTRIES.seed, ...JOBS.map(jobEntry)];

/** An alarm on its own metric reports that it fails, and that it does not run. */
const { canary } = ENTRIES;
const watchedByErrors = ALL_ENTRIES.filter((entry) => entry !== canary);

test('the canary has no other alarm than that on its successes', () => {
  expect(alarmsOf(canary)).toEqual([]);
  expect(alarms.filter(({ Properties }) => Properties.MetricName === METRICS.canary.succeeded)).toHaveLength(
    1,
  );
});

test.each(watchedByErrors)('%s raises an alarm when it fails, or is slow while callers wait', (entry) => {
  const watched = alarmsOf(entry).map(({ Properties }) => Properties.MetricName);
  const runsSeldom = SELDOM.some((seldom) => seldom === entry);
  expect(watched.includes('Errors')).toBe(true);
  expect(watched.includes('Duration')).toBe(!runsSeldom);
});

test('one alarm watches the throttles of all functions', () => {
  const [alarm, ...others] = alarms.filter(({ Properties }) => Properties.MetricName === 'Throttles');
  expect(others).toEqual([]);
  expect(alarm?.Properties).toMatchObject({ Namespace: 'AWS/Lambda', Threshold: 0 });
  expect(alarm?.Properties.Dimensions).toBeUndefined();
});

test.each(SELDOM)('one run of %s is enough for an alarm', (entry) => {
  const { Timeout } = functionOf(entry).Properties;
  for (const { id, Properties } of alarmsOf(entry)) {
    expect(Properties, id).toMatchObject({ EvaluationPeriods: 1 });
    // Lambda publishes the metrics of a run at its end, dated to its start, which must still be in the period
    // then.
    expect(Properties.Period, id).toBeGreaterThan(Timeout);
  }
});

test('the dashboard shows every alarm', () => {
  const [dashboard, ...others] = resources('AWS::CloudWatch::Dashboard');
  expect(others).toEqual([]);
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  for (const { id } of described) expect(body).toContain(`"${id}"`);
});
