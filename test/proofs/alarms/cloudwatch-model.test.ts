import { describe, expect, test } from 'vitest';
import { type AlarmState, type MissingData, nextState } from './alarm-state.ts';
import { evaluateMath, type Series } from './metric-math.ts';

/**
 * The model of CloudWatch against the examples of its user guide: "Configuring how CloudWatch alarms treat
 * missing data" (its tables row by row, and the prose below them) and "Using math expressions with CloudWatch
 * metrics" (its tables). In data points, `0` is within the threshold, `X` breaches it, `-` is missing, and
 * the newest is last.
 */
const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
const RETAINED = 'retained';
type Expected = AlarmState | typeof RETAINED;

const seriesOf = (points: string): Series =>
  points.split(' ').map((point) => (point === '-' ? undefined : Number(point === 'X')));

function stateOf(points: string, datapointsToAlarm: number, treatMissingData: MissingData): Expected {
  const thresholds = {
    isBreaching: (value: number) => value > 0,
    evaluationPeriods: 3,
    datapointsToAlarm,
    treatMissingData,
  };
  const states = (['OK', 'ALARM'] as const).map((current) =>
    nextState(seriesOf(points), thresholds, current),
  );
  return states[0] === 'OK' && states[1] === 'ALARM' ? RETAINED : (states[0] ?? RETAINED);
}

describe('missing data, 3 of 3 data points, 5 retrieved', () => {
  test.each<[points: string, ...states: [Expected, Expected, Expected, Expected]]>([
    ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', 'INSUFFICIENT_DATA', RETAINED, 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', RETAINED, 'ALARM', 'OK'],
  ])('%s: missing %s, ignore %s, breaching %s, not breaching %s', (points, ...states) => {
    expect(TREATMENTS.map((treatment) => stateOf(points, 3, treatment))).toEqual(states);
  });

  test.each(['- - - - X', '- - - X -'])('%s is no alarm yet: the next one may not breach', (points) => {
    expect(stateOf(points, 3, 'missing')).toBe('INSUFFICIENT_DATA');
    expect(stateOf(points, 3, 'ignore')).toBe(RETAINED);
  });

  test.each(['- - - X 0', '- - X - 0'])('%s is no alarm: the next one did not breach', (points) => {
    expect(stateOf(points, 3, 'missing')).toBe('OK');
  });
});

describe('missing data, 2 of 3 data points, 5 retrieved', () => {
  test.each<[points: string, ...states: [Expected, Expected, Expected, Expected]]>([
    ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', RETAINED, 'ALARM', 'OK'],
  ])('%s: missing %s, ignore %s, breaching %s, not breaching %s', (points, ...states) => {
    expect(TREATMENTS.map((treatment) => stateOf(points, 2, treatment))).toEqual(states);
  });
});

const _ = undefined;
const METRICS: Readonly<Record<string, Series>> = {
  metric1: [30, 20, 0, 0],
  metric2: [20, _, 20, _],
  chosen: [1, 1, 0, 0, _],
  yes: [30, _, 0, 0, 30],
  no: [0, 0, 20, _, 20],
  never: [_, _, _, _, _],
};

function evaluate(expression: string, fillsAbsent = true): Series {
  return evaluateMath(expression, {
    length: 5,
    read: (id) => METRICS[id] ?? [],
    isFilled: (series) => fillsAbsent || series.some((value) => value !== undefined),
  });
}

describe('metric math', () => {
  test.each<[expression: string, values: Series]>([
    ['metric1 < metric2', [0, 0, 1, 0]],
    ['metric1 >= 30', [1, 0, 0, 0]],
    ['metric1 > 15 AND metric2 > 15', [1, 0, 0, 0]],
    ['IF(chosen, yes, no)', [30, 0, 20, _, _]],
    ['IF(chosen, 5, no)', [5, 5, 20, _, _]],
    ['IF(chosen, yes, 5)', [30, 0, 5, 5, _]],
  ])("the guide's table: %s", (expression, values) => {
    expect(evaluate(expression)).toEqual(values);
  });

  test.each<[rule: string, expression: string, values: Series]>([
    ['a missing value counts as 0 beside one that exists', 'metric1 + metric2', [50, 20, 20, 0]],
    ['FILL replaces missing values', 'FILL(metric2, 7)', [20, 7, 20, 7]],
    ['a division by zero drops the data point', 'metric2 / metric1', [20 / 30, 0, _, _]],
    ['TIME_SERIES is not sparse', 'TIME_SERIES(0) + never', [0, 0, 0, 0, 0]],
    ['precedence and parentheses', '100 * (metric1 - metric2) / 2', [500, 1_000, -1_000, 0]],
  ])('%s', (_rule, expression, values) => {
    expect(evaluate(expression)).toEqual(values);
  });

  test('a metric that was never published may stay empty in FILL', () => {
    expect(evaluate('FILL(never, 0)', true)).toEqual([0, 0, 0, 0, 0]);
    expect(evaluate('FILL(never, 0)', false)).toEqual([_, _, _, _, _]);
  });

  test.each(['SUM(metric1)', 'metric1 +', 'metric1 % 2', '(metric1', '1 + 1'])('%s is rejected', (wrong) => {
    expect(() => evaluate(wrong)).toThrow();
  });
});
