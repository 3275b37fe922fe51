import { publishReport } from '../../shared/usecases/reports/publish-report.ts';
import { reportFiles } from '../http/responses/report/report-files.ts';
import { publishReportDeps } from '../runtime/composition/reports.ts';
import { jobHandler } from './job-handler.ts';

/** Stores the report of yesterday, or of the requested day, and publishes its headline. */
export const handler = jobHandler('usage-report', ({ date }, context) =>
  publishReport({ ...publishReportDeps(), render: reportFiles }, { date }, context),
);
