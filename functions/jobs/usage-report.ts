import { publishReport } from '../../shared/usecases/reports/publish-report.ts';
import { reportFiles } from '../http/responses/report/report-files.ts';
import { publishReportDeps } from '../runtime/composition/reports.ts';
import { jobHandler } from './job-handler.ts';

/** Keeps the report of yesterday, or of the day that is asked for, and tells people its headline. */
export const handler = jobHandler('usage-report', ({ date }, context) =>
  publishReport({ ...publishReportDeps(), render: reportFiles }, { date }, context),
);
