import type { DailyReports } from '../../../../shared/usecases/reports/publish-report.ts';
import { reportCsv } from './report-csv.ts';
import { reportPage } from './report-page.ts';
import { reportView } from './report-view.ts';

/** The daily reports in every format; the same reports give the same files. */
export function reportFiles({ day, month }: DailyReports) {
  return [
    {
      format: 'html',
      contentType: 'text/html; charset=utf-8',
      text: reportPage({ headline: day, detail: month }),
    },
    { format: 'csv', contentType: 'text/csv; charset=utf-8', text: reportCsv([day, month]) },
    {
      format: 'json',
      contentType: 'application/json',
      text: JSON.stringify({ day: reportView(day), month: reportView(month) }),
    },
  ];
}
