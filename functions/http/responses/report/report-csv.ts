import { stringify } from 'csv-stringify/sync';
import { countsBytes } from '../../../../shared/domain/reports/amount-text.ts';
import type { Figure, ServiceReport } from '../../../../shared/domain/reports/service-report.ts';

/** One figure per line, with its subject; columns that do not apply are empty. */
interface Line {
  /** Subject of the line: `total`, `feature`, `plan`, `day`, `alert` or `top`. */
  readonly section: string;
  readonly date?: string;
  readonly type?: string;
  readonly plan?: string;
  readonly user?: string;
  readonly level?: string;
  /** A gauge has `stored` and `peak` instead of `used`. */
  readonly measure: 'used' | 'stored' | 'peak' | 'activeUsers' | 'exceeded' | 'alerts';
  readonly value: number;
  /** The same figure for the same number of preceding days. */
  readonly before?: number;
}

const COLUMNS = [
  'from',
  'to',
  'section',
  'date',
  'type',
  'plan',
  'user',
  'level',
  'measure',
  'value',
  'before',
  'unit',
];

/**
 * Reports as one table in long form, RFC 4180: a spreadsheet filters and pivots it by any column, and reports
 * of several ranges share one header. Text that a spreadsheet would evaluate as a formula is prefixed with an
 * apostrophe.
 */
export function reportCsv(reports: readonly ServiceReport[]): string {
  const lines = reports.flatMap((report) =>
    linesOf(report).map((line) => ({ ...report.range, ...line, unit: unitOf(line) })),
  );
  return stringify(lines, {
    header: true,
    columns: COLUMNS,
    escape_formulas: true,
    // Some readers end a line at a lone carriage return.
    quoted_match: /[\r\n]/,
    record_delimiter: 'windows',
  });
}

/** `bytes` if a figure counts them; otherwise empty. */
function unitOf({ type, measure }: Line): 'bytes' | '' {
  const isAmount = measure === 'used' || measure === 'stored' || measure === 'peak';
  return isAmount && type !== undefined && countsBytes(type) ? 'bytes' : '';
}

function linesOf({ activeUsers, features, plans, alerts, days }: ServiceReport): Line[] {
  const gauges = new Set(features.filter(({ peak }) => peak !== null).map(({ feature }) => feature));
  const measureOf = (type: string) => (gauges.has(type) ? 'stored' : 'used');
  return [
    { section: 'total', measure: 'activeUsers', ...pair(activeUsers) },
    ...features.flatMap(({ feature: type, used, activeUsers: users, exceeded, peak }): Line[] => [
      { section: 'feature', type, measure: measureOf(type), ...pair(used) },
      ...(peak === null ? [] : [{ section: 'feature', type, measure: 'peak' as const, value: peak }]),
      { section: 'feature', type, measure: 'activeUsers', ...pair(users) },
      ...(exceeded ? [{ section: 'feature', type, measure: 'exceeded' as const, ...pair(exceeded) }] : []),
    ]),
    ...plans.flatMap(({ planId: plan, activeUsers: users, features: those }): Line[] => [
      { section: 'plan', plan, measure: 'activeUsers', ...pair(users) },
      ...those.map(
        ({ feature: type, used }): Line => ({
          section: 'plan',
          plan,
          type,
          measure: measureOf(type),
          ...pair(used),
        }),
      ),
    ]),
    ...alerts.map(({ level, feature: type, count }): Line => {
      return { section: 'alert', type, level, measure: 'alerts', ...pair(count) };
    }),
    ...days.flatMap(({ date, activeUsers: users, alerts: raised, features: those }): Line[] => [
      { section: 'day', date, measure: 'activeUsers', value: users },
      { section: 'day', date, measure: 'alerts', value: raised },
      ...those.flatMap(({ feature: type, used, exceeded, peak }): Line[] => [
        { section: 'day', date, type, measure: measureOf(type), value: used },
        ...(peak === null ? [] : [{ section: 'day', date, type, measure: 'peak' as const, value: peak }]),
        ...(exceeded === null
          ? []
          : [{ section: 'day', date, type, measure: 'exceeded' as const, value: exceeded }]),
      ]),
    ]),
    ...features.flatMap(({ feature: type, top }) =>
      top.map(({ userId: user, planId: plan, used }): Line => {
        return { section: 'top', type, plan, user, measure: measureOf(type), value: used };
      }),
    ),
  ];
}

function pair({ value, before }: Figure): Pick<Line, 'value' | 'before'> {
  return { value, before };
}
