import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../../functions/http/problems.ts';
import { reportCsv } from '../../../functions/http/responses/report/report-csv.ts';
import { reportPage } from '../../../functions/http/responses/report/report-page.ts';
import { replyWithReport } from '../../../functions/http/responses/report/report-reply.ts';
import { type DateRange, datesIn, rangeBefore } from '../../../shared/domain/date-range.ts';
import { type ServiceReport, serviceReport } from '../../../shared/domain/reports/service-report.ts';
import { noUsage, ShardTally } from '../../../shared/domain/reports/usage-tally.ts';

const DAY = { from: '2026-11-22', to: '2026-11-22' };
const MONTH = { from: '2026-10-24', to: '2026-11-22' };

function report(range: DateRange, userId = 'user-42'): ServiceReport {
  const [sums, before] = [noUsage(), rangeBefore(range)];
  const tally = new ShardTally(sums);
  for (const [index, date] of datesIn(range).entries()) {
    tally.add({ userId, date, feature: 'aiRequest', used: 10 + index, planId: 'free' });
    tally.addAlert({ date, feature: 'aiRequest', level: 'anomaly' });
  }
  tally.close();
  const exceeded = new Map([['aiRequest', new Map([[range.to, 3]])]]);
  return serviceReport({
    range,
    before,
    isComplete: true,
    sums,
    sumsBefore: noUsage(),
    exceeded,
    peaks: new Map(),
  });
}

const page = (headline = report(DAY)) => reportPage({ headline, detail: report(MONTH) });

describe('a report as a table', () => {
  it('has one figure per line, under one header for several ranges', () => {
    const lines = reportCsv([report(DAY), report(MONTH)]).split('\r\n');
    expect(lines[0]).toBe('from,to,section,date,type,plan,user,level,measure,value,before,unit');
    expect(lines).toContain('2026-11-22,2026-11-22,total,,,,,,activeUsers,1,0,');
    expect(lines).toContain('2026-10-24,2026-11-22,day,2026-11-22,aiRequest,,,,exceeded,3,,');
    expect(lines).toContain('2026-11-22,2026-11-22,alert,,aiRequest,,,anomaly,alerts,1,0,');
    expect(lines).toContain('2026-11-22,2026-11-22,top,,aiRequest,free,user-42,,used,10,,');
    expect(new Set(lines.slice(0, -1).map((line) => line.split(',').length))).toEqual(new Set([12]));
  });

  it.each(['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '-user', '\t=1', '\r=1', '＝1'])(
    'disarms %j',
    (userId) => {
      const text = reportCsv([report(DAY, userId)]);
      expect(text).toContain(`'${userId.slice(0, 1)}`);
      const unquoted = text.replaceAll(/"'[^"]*/g, '');
      expect(unquoted).not.toMatch(/(^|,)"?[=+@\t-]/m);
    },
  );
});

describe('a report as a page', () => {
  it('draws every day, and loads nothing external', () => {
    const text = page();
    expect(text.match(/<svg /g)).toHaveLength(4);
    expect(text).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)|\son\w+=/i);
    const links = [...text.matchAll(/(?:https?:)?\/\/[^\s"'<>]+/g)].map(([link]) => link);
    expect(new Set(links)).toEqual(new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']));
  });

  it('shows a user’s name, whatever it contains', () => {
    const text = page(report(DAY, '<img src=x onerror="alert(1)">&\''));
    expect(text).not.toContain('<img');
    expect(text).toContain('&#60;img src=x onerror=&#34;alert(1)&#34;&#62;&#38;&#39;');
  });

  it('is the same for the same report', () => {
    expect(page()).toBe(page());
  });

  it('marks the last day as unfinished', () => {
    const note = 'is not over';
    expect(page()).not.toContain(note);
    expect(page({ ...report(DAY), isComplete: false })).toContain(note);
  });

  it('states when denied calls are unknown, and when there is no usage', () => {
    const { features, ...rest } = report(DAY);
    expect(page({ ...rest, features: features.map((one) => ({ ...one, exceeded: null })) })).toContain(
      'currently unknown',
    );
    const before = rangeBefore(DAY);
    const empty = serviceReport({
      range: DAY,
      before,
      isComplete: true,
      sums: noUsage(),
      sumsBefore: noUsage(),
      exceeded: new Map(),
      peaks: new Map(),
    });
    expect(page(empty)).toContain('There was no usage.');
  });
});

describe('a report that timed out', () => {
  it('can be requested again: a slow table is no error in the days', async () => {
    const reply = await replyWithReport({ code: 'out_of_time' }, 'json');
    expect(reply).toMatchObject({
      problem: { code: 'unavailable', detail: expect.stringContaining('later, or ask for fewer days') },
    });
    expect(PROBLEMS.unavailable.status).toBe(503);
    expect('problem' in reply && reply.problem.retryAfterSeconds).toBeGreaterThan(0);
  });
});
