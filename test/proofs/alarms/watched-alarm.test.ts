import { expect, test } from 'vitest';
import type { Resource } from '../../support/synth.ts';
import { every, NOTHING, once, published } from './histories.ts';
import { CONDITIONS, statesOf } from './watched-alarm.ts';

/* Faults of alarms that the model has to find. */

const metric = (id: string, MetricName: string) => ({
  Id: id,
  MetricStat: { Metric: { Namespace: 'AWS/Lambda', MetricName }, Period: 60, Stat: 'Sum' },
  ReturnData: false,
});

const filled = (evaluationPeriods: number): Resource => ({
  id: 'Filled',
  Properties: {
    Metrics: [
      { Id: 'sum', Expression: 'FILL(kept, 0) + FILL(dropped, 0)' },
      metric('kept', 'Kept'),
      metric('dropped', 'Dropped'),
    ],
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: evaluationPeriods,
    DatapointsToAlarm: 1,
    TreatMissingData: 'notBreaching',
  },
});

const everyMinuteOf = (alarm: Resource, lag: number) =>
  statesOf(alarm, published({ Kept: every(1) }), 60, { lag, isAligned: true, fillsAbsent: true });

test('FILL over the newest minute alone stays OK for ever while data arrives late', () => {
  expect(everyMinuteOf(filled(1), 3)).toEqual(['OK']);
  expect(everyMinuteOf(filled(5), 3)).toEqual(['OK', 'ALARM']);
});

test('missing data that breaches raises a new alarm at once', () => {
  const missing: Resource = {
    id: 'Missing',
    Properties: {
      Namespace: 'QuotaService',
      MetricName: 'JobRuns',
      Period: 3_600,
      Statistic: 'Sum',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    },
  };
  for (const conditions of CONDITIONS) expect(statesOf(missing, NOTHING, 5, conditions)).toEqual(['ALARM']);
});

test('an alarm on a metric of DynamoDB keeps its state without data, whatever it asks for', () => {
  const throttled: Resource = {
    id: 'Throttled',
    Properties: {
      Namespace: 'AWS/DynamoDB',
      MetricName: 'WriteThrottleEvents',
      Period: 300,
      Statistic: 'Sum',
      Threshold: 10,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    },
  };
  for (const conditions of CONDITIONS) {
    const history = published({ WriteThrottleEvents: once(20, 11) });
    expect(statesOf(throttled, history, 300, conditions)).toEqual(['ALARM']);
  }
});
