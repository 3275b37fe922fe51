import { rangeBefore } from '../../shared/domain/date-range.ts';
import { serviceReport } from '../../shared/domain/reports/service-report.ts';
import { noUsage, ShardTally } from '../../shared/domain/reports/usage-tally.ts';
import { getTopUsersRequest, reportUsageRequest } from '../http/requests/report-requests.ts';
import { reportView } from '../http/responses/report/report-view.ts';
import { topUsersView } from '../http/responses/top-users-view.ts';
import type { OperationDoc } from './operation-doc.ts';
import * as results from './report-schemas.ts';

const range = { from: '2026-11-22', to: '2026-11-22' };

/** One user's day after an idle one, told by the code that tells real ones. */
function sampleReport() {
  const sums = noUsage();
  const tally = new ShardTally(sums);
  tally.add({ userId: 'user-42', date: range.from, feature: 'aiRequest', used: 42, planId: 'free' });
  tally.addAlert({ date: range.from, feature: 'aiRequest', level: 'warning' });
  tally.close();
  const exceeded = new Map([['aiRequest', new Map([[range.from, 3]])]]);
  const before = rangeBefore(range);
  return reportView(
    serviceReport({
      range,
      before,
      isComplete: true,
      sums,
      sumsBefore: noUsage(),
      exceeded,
      peaks: new Map(),
    }),
  );
}

const users = [{ userId: 'user-42', item: '', used: 42, planId: 'free' }];

export const REPORT_OPERATIONS = {
  reportUsage: {
    tag: 'Administration',
    summary:
      'Usage in a range of days (at most 366; by default the last 30), compared with as many days before',
    request: reportUsageRequest,
    answers: [
      {
        status: 200,
        says: 'The report, as JSON, as a table or as a page. Usage lags by seconds, denied calls by minutes.',
        schema: results.serviceReport,
        examples: { report: sampleReport() },
        otherTypes: ['text/csv', 'text/html'],
      },
    ],
    problems: ['range_too_large'],
  },
  getTopUsers: {
    tag: 'Administration',
    summary: 'The users with the most use of a feature on a day or in a month; equals are ordered by id',
    request: getTopUsersRequest,
    answers: [
      {
        status: 200,
        says: 'The users, the largest first. Where more share the last place than fit, any of them are named.',
        schema: results.topUsers,
        examples: { day: topUsersView('aiRequest', '2026-11-22', users) },
      },
    ],
  },
} as const satisfies Record<string, OperationDoc>;
