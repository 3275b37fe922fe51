import { publishReport } from '../../shared/usecases/publish-report.ts';
import { reportFiles } from '../replies/report/report-files.ts';
import { jobHandler } from '../runtime/job-handler.ts';
import { publishReportDeps } from '../runtime/report-composition.ts';

/** Keeps the report of yesterday, or of the day that is asked for, and tells people its headline. */
export const handler = jobHandler('usage-report', ({ date }, context) =>
  publishReport({ ...publishReportDeps(), render: reportFiles }, { date }, context),
);
