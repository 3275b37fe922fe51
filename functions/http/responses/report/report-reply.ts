import type { ReportOutcome } from '../../../../shared/usecases/reports/compile-report.ts';
import type { Reply } from '../../reply.ts';
import type { ReportFormat } from '../../requests/report-requests.ts';
import { OUT_OF_TIME, TOO_LONG_A_REPORT, tooManyDays } from './report-problems.ts';
import { reportView } from './report-view.ts';

/** Lambda's payload limit is 6 MB, as JSON text; a page of a year is a fraction of it. */
const MAX_LENGTH = 5_000_000;

/** A report in the requested format. The chart library is loaded for pages only. */
export async function replyWithReport(outcome: ReportOutcome, format: ReportFormat): Promise<Reply> {
  if (outcome.code === 'range_too_large') return { problem: tooManyDays(outcome.maxDays) };
  if (outcome.code === 'out_of_time') return { problem: OUT_OF_TIME };
  const { report } = outcome;
  if (format === 'json') return { status: 200, body: reportView(report) };
  const { from, to } = report.range;
  const text = format === 'csv' ? await csvOf(report) : await pageOf(report);
  if (text.length > MAX_LENGTH) return { problem: TOO_LONG_A_REPORT };
  const name = `usage-${from}-${to}.${format}`;
  return {
    status: 200,
    text,
    headers: {
      'Content-Type': `text/${format}; charset=utf-8`,
      'Content-Disposition': `${format === 'csv' ? 'attachment' : 'inline'}; filename="${name}"`,
      'X-Content-Type-Options': 'nosniff',
      ...(format === 'html' && { 'Content-Security-Policy': PAGE_POLICY }),
    },
  };
}

/** The page is self-contained and runs no script. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

type Report = Extract<ReportOutcome, { code: 'compiled' }>['report'];

async function csvOf(report: Report): Promise<string> {
  const { reportCsv } = await import('./report-csv.ts');
  return reportCsv([report]);
}

async function pageOf(report: Report): Promise<string> {
  const { reportPage } = await import('./report-page.ts');
  return reportPage({ headline: report, detail: report });
}
