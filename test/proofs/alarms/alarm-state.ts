import type { Series } from './metric-math.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

export interface Thresholds {
  readonly isBreaching: (value: number) => boolean;
  /** "N": how many periods are evaluated. */
  readonly evaluationPeriods: number;
  /** "M": how many of them must breach. */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingData;
}

/**
 * Periods that CloudWatch retrieves beyond the evaluated ones, as in the tables of its guide; it documents no
 * number.
 */
export const PERIODS_RETRIEVED_BEYOND = 2;

/**
 * Computes the state of an alarm from the data points of its evaluation range.
 *
 * Source: "Configuring how CloudWatch alarms treat missing data" of the CloudWatch user guide.
 *
 * @param series the whole evaluation range, the oldest first
 * @param current the state before
 */
export function nextState(series: Series, thresholds: Thresholds, current: AlarmState): AlarmState {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData, isBreaching } = thresholds;
  // Of the existing data points the most recent ones count, however old: the treatment of missing ones
  // matters only for the rest.
  const existing = series.filter((value) => value !== undefined).slice(-evaluationPeriods);
  const missing = evaluationPeriods - existing.length;
  const breaching = existing.filter(isBreaching).length + (treatMissingData === 'breaching' ? missing : 0);
  if (breaching >= datapointsToAlarm) return 'ALARM';
  const isDecided = missing === 0 || treatMissingData === 'breaching' || treatMissingData === 'notBreaching';
  if (isDecided || breaching < existing.length) return 'OK';
  // Only missing and too few breaching data points are left.
  if (treatMissingData === 'ignore') return current;
  return isOldEnough(series, datapointsToAlarm) ? 'ALARM' : 'INSUFFICIENT_DATA';
}

/**
 * "Avoiding premature transitions": a breaching data point that is old enough alarms even without as many as
 * `datapointsToAlarm`.
 */
function isOldEnough(series: Series, datapointsToAlarm: number): boolean {
  const oldest = series.findIndex((value) => value !== undefined);
  return oldest >= 0 && series.length - oldest >= datapointsToAlarm;
}
