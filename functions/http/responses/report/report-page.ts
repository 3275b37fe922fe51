import { daysIn } from '../../../../shared/domain/date-range.ts';
import {
  compactAmount,
  compactNumber,
  exactAmount,
  exactNumber,
} from '../../../../shared/domain/reports/amount-text.ts';
import {
  type FeatureReport,
  type Figure,
  figure,
  type ServiceReport,
} from '../../../../shared/domain/reports/service-report.ts';
import { changeOf } from './change.ts';
import { type ChartSeries, dailyChart } from './charts.ts';
import { html, Markup } from './markup.ts';
import { PAGE_STYLE } from './page-style.ts';
import { alerts, plans, topUsers } from './report-tables.ts';
import { beforeText, featureText, rangeText } from './wording.ts';

export interface ReportPage {
  /** The report that the page is about. */
  readonly headline: ServiceReport;
  /** The report that the charts show day by day; the same one, or one with more days. */
  readonly detail: ServiceReport;
}

/** The colours of stacked series; further ones share the last. */
const COLORS = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6'].map((name) => `var(${name})`);

/** A self-contained page: no script, no external font or picture. The same report gives the same page. */
export function reportPage({ headline, detail }: ReportPage): string {
  const title = `Usage report, ${rangeText(headline.range)}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Markup(PAGE_STYLE)}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">Usage report</p>
<h1>${rangeText(headline.range)}</h1>
<p>Changes are relative to ${beforeText(headline.range)}. Days are in the time zone ${headline.timeZone}.</p>
${headline.isComplete ? [] : html`<p class="note">The last day is not over: its figures still grow.</p>`}
</header>
${tiles(headline)}
${dayByDay(headline, detail)}
${plans(headline)}
${alerts(headline)}
${topUsers(headline)}
<footer>A user is active with at least one unit used. Stored units are those at the end of the day; the peak is the highest day, as the sum of each user's peak. A day counts towards the plan that the user had at its last change. Denied calls are those that a limit rejected. Alerts are raised once per user, limit, period and level.</footer>
</main>
</body>
</html>
`;
  return page.text;
}

/** The key figures. */
function tiles({ activeUsers, features, alerts: raised }: ServiceReport): Markup {
  const [anomalies, others] = [raised.filter(isAnomaly), raised.filter((alert) => !isAnomaly(alert))];
  const denied = features.map(({ exceeded }) => exceeded);
  return html`<section class="tiles">
${tile('Active users', activeUsers, 'good')}
${features.map(featureTile)}
${denied.includes(null) ? unknownTile('Denied calls') : tile('Denied calls', total(denied), 'bad')}
${tile('Alerts', total(others.map(({ count }) => count)), 'bad')}
${tile('Anomalies', total(anomalies.map(({ count }) => count)), 'bad')}
</section>`;
}

function isAnomaly({ level }: { readonly level: string }): boolean {
  return level === 'anomaly';
}

function total(figures: readonly (Figure | null)[]): Figure {
  const sum = (key: 'value' | 'before') => figures.reduce((all, one) => all + (one?.[key] ?? 0), 0);
  return figure(sum('value'), sum('before'));
}

function tile(name: string, one: Figure, more: 'good' | 'bad'): Markup {
  return html`<div class="card tile"><span class="name">${name}</span><b title="${exactNumber(one.value)}">${compactNumber(one.value)}</b>${changeOf(one, more)}</div>`;
}

/** Units used of a feature; for a gauge, units stored and their peak. */
function featureTile({ feature, used, peak }: FeatureReport): Markup {
  const textOf = (value: number) => compactAmount(feature, value);
  const stored = peak === null ? '' : ' stored';
  const most = peak === null ? [] : html`<span class="change">peak ${textOf(peak)}</span>`;
  return html`<div class="card tile"><span class="name">${featureText(feature)}${stored}</span><b title="${exactAmount(feature, used.value)}">${textOf(used.value)}</b>${changeOf(used, 'good', textOf)}${most}</div>`;
}

function unknownTile(name: string): Markup {
  return html`<div class="card tile"><span class="name">${name}</span><b>–</b><span class="change">currently unknown</span></div>`;
}

/** Charts per day, if there are several days: one for each unit. */
function dayByDay(
  headline: ServiceReport,
  { range, days, features, activeUsers }: ServiceReport,
): Markup | [] {
  if (days.length < 2) return [];
  const dates = days.map(({ date }) => date);
  const one = (name: string, values: readonly number[], color: string): ChartSeries[] => [
    { name, values, color },
  ];
  const used = (feature: string) =>
    days.map((day) => day.features.find((other) => other.feature === feature)?.used ?? 0);
  const denied = features
    .map(({ feature, exceeded }, index) => ({
      name: featureText(feature),
      color: colorOf(index),
      values: days.map((day) => day.features.find((other) => other.feature === feature)?.exceeded ?? 0),
      isAny: exceeded !== null && exceeded.value > 0,
    }))
    .filter(({ isAny }) => isAny);
  const isOther = headline.range.from !== range.from;
  return html`<section>
<h2>${isOther ? `The last ${daysIn(range)} days` : 'Day by day'}</h2>
${isOther ? html`<p>${exactNumber(activeUsers.value)} active users · ${changeOf(activeUsers, 'good')} · relative to ${beforeText(range)}</p>` : []}
<div class="grid">
${dailyChart({
  title: 'Active users',
  dates,
  kind: 'line',
  series: one(
    '',
    days.map((day) => day.activeUsers),
    'var(--accent)',
  ),
})}
${features.map(({ feature }, index) => dailyChart({ title: featureText(feature), dates, kind: 'bar', series: one('', used(feature), colorOf(index)), textOf: (value) => compactAmount(feature, value) }))}
${dailyChart({ title: 'Denied calls', dates, kind: 'bar', series: denied })}
${dailyChart({
  title: 'Alerts and anomalies',
  dates,
  kind: 'bar',
  series: one(
    '',
    days.map((day) => day.alerts),
    'var(--c5)',
  ),
})}
</div>
</section>`;
}

function colorOf(index: number): string {
  return COLORS[Math.min(index, COLORS.length - 1)] ?? '';
}
