import type { Notice, NoticePublisher } from '../../adapters/aws/notice-publisher.ts';
import type { ReportBucket, ReportFile } from '../../adapters/aws/report-bucket.ts';
import { addDays, type DateRange, dateOf, rangeBefore } from '../../domain/date-range.ts';
import { NOTHING_DONE } from '../../domain/job-run.ts';
import { compactAmount, countsBytes } from '../../domain/reports/amount-text.ts';
import type { Figure, ServiceReport } from '../../domain/reports/service-report.ts';
import type { JobResult } from '../jobs/run-job.ts';
import type { JobContext } from '../jobs/running-job.ts';
import { type CompileReportDeps, compileReport } from './compile-report.ts';
import { type ReadKeptDeps, readKept } from './read-kept.ts';

/** The reports of one morning: of yesterday, and of the days up to it. */
export interface DailyReports {
  readonly day: ServiceReport;
  readonly month: ServiceReport;
}

/** A report in one format, such as `html`. */
export interface RenderedReport extends Omit<ReportFile, 'key'> {
  readonly format: string;
}

export interface PublishReportDeps extends CompileReportDeps, ReadKeptDeps {
  readonly bucket: Pick<ReportBucket, 'save' | 'linksTo'>;
  readonly notices: Pick<NoticePublisher, 'publishAll'>;
  /** Renders the reports in every format. */
  readonly render: (reports: DailyReports) => readonly RenderedReport[];
}

/** Days of the longer report. */
const DRAWN_DAYS = 30;

/**
 * Publishes the report of a day, by default yesterday, and of the 30 days up to it: saves the files and sends
 * a notice with the headline. A repeated run saves the same files, and its notice has the same id. Does
 * nothing if a day that it reads is no longer kept.
 */
export async function publishReport(
  deps: PublishReportDeps,
  { date = addDays(dateOf(deps.now(), deps.reportTimeZone), -1) }: { readonly date?: string | undefined },
  { mayContinue }: Pick<JobContext, 'mayContinue'>,
): Promise<JobResult> {
  const compile = async (range: DateRange) => {
    const outcome = await compileReport(deps, range, { mayContinue });
    return outcome.code === 'compiled' ? outcome.report : undefined;
  };
  const drawn = { from: addDays(date, 1 - DRAWN_DAYS), to: date };
  const read = await readKept(deps, rangeBefore(drawn).from, async () => {
    const day = await compile({ from: date, to: date });
    const month = day && (await compile(drawn));
    return month && { day, month };
  });
  if (read.code === 'not_kept')
    return { counts: NOTHING_DONE, isComplete: true, nothingDone: 'range_not_kept' };
  if (!read.value) return { counts: NOTHING_DONE, isComplete: false };

  const { day } = read.value;
  const files = deps.render(read.value);
  const stem = `reports/usage/${date.replaceAll('-', '/')}`;
  for (const { format, ...file } of files) await deps.bucket.save({ ...file, key: `${stem}.${format}` });
  const [isPublished = false] = await deps.notices.publishAll([
    reportNotice(day, deps.bucket.linksTo(`${stem}.html`)),
  ]);
  return { counts: { processed: files.length, failed: isPublished ? 0 : 1 }, isComplete: true };
}

function reportNotice(day: ServiceReport, links: ReturnType<ReportBucket['linksTo']>): Notice {
  const { range, activeUsers, features, alerts } = day;
  const raised = alerts.reduce((sum, { count }) => sum + count.value, 0);
  const denied = features.every(({ exceeded }) => exceeded)
    ? String(features.reduce((sum, { exceeded }) => sum + (exceeded?.value ?? 0), 0))
    : 'not known';
  const text = [
    `Active users: ${figureText(activeUsers)}`,
    ...features.map(
      ({ feature, used, peak }) =>
        `${feature}${peak === null ? '' : ' stored'}: ${figureText(used, (value) => amountText(feature, value))}`,
    ),
    `Denied calls: ${denied}`,
    `Alerts and anomalies: ${raised}`,
    '',
    `Open: ${links.console}`,
    `Fetch: aws s3 cp ${links.address} .`,
  ].join('\n');
  return {
    subject: `Usage on ${range.to}: ${activeUsers.value} active users, ${raised} alerts`,
    text,
    attributes: { type: 'report' },
    detail: { id: `usage-report-${range.to}`, date: range.to, activeUsers, raised, ...links },
  };
}

function amountText(feature: string, value: number): string {
  return countsBytes(feature) ? compactAmount(feature, value) : String(value);
}

function figureText(
  { value, before, changePercent }: Figure,
  textOf: (value: number) => string = String,
): string {
  const change = changePercent === null ? 'new' : `${changePercent > 0 ? '+' : ''}${changePercent} %`;
  return `${textOf(value)} (${change}, ${textOf(before)} the day before)`;
}
