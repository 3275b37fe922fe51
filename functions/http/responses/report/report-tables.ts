import {
  compactAmount,
  countsBytes,
  exactAmount,
  exactNumber,
} from '../../../../shared/domain/reports/amount-text.ts';
import type {
  FeatureReport,
  PlanReport,
  ServiceReport,
} from '../../../../shared/domain/reports/service-report.ts';
import { changeOf } from './change.ts';
import { html, type Markup } from './markup.ts';
import { featureText } from './wording.ts';

/** Active users and usage by plan. */
export function plans({ plans: all, features }: ServiceReport): Markup {
  const heads = features.map(({ feature }) => html`<th>${featureText(feature)}</th>`);
  return html`<section><h2>By plan</h2><div class="card table">${
    all.length === 0
      ? nothing('There was no usage.')
      : html`<table><thead><tr><th>Plan</th><th>Active users</th>${heads}</tr></thead>
<tbody>${all.map((plan) => planRow(plan, features))}</tbody></table>`
  }</div></section>`;
}

function planRow({ planId, activeUsers, features: own }: PlanReport, features: readonly FeatureReport[]) {
  const cells = features.map(({ feature }) => {
    const used = own.find((other) => other.feature === feature)?.used;
    return used
      ? html`<td title="${exactAmount(feature, used.value)}">${amountText(feature, used.value)}<br>${changeOf(used, 'good', (value) => compactAmount(feature, value))}</td>`
      : html`<td>–</td>`;
  });
  return html`<tr><td>${planId}</td><td>${exactNumber(activeUsers.value)}<br>${changeOf(activeUsers, 'good')}</td>${cells}</tr>`;
}

/** Denied calls by feature, alerts and anomalies by level. */
export function alerts({ features, alerts: raised }: ServiceReport): Markup {
  const denied = features.filter(({ exceeded }) => exceeded && (exceeded.value > 0 || exceeded.before > 0));
  return html`<section><h2>At the limits</h2><div class="card table">${
    denied.length + raised.length === 0
      ? nothing('No call was denied and no alert was raised.')
      : html`<table><thead><tr><th>What</th><th class="words">Feature</th><th>Count</th><th>Change</th></tr></thead><tbody>
${denied.map(({ feature, exceeded }) => (exceeded ? html`<tr><td><span class="level"></span>Denied calls</td><td class="words">${featureText(feature)}</td><td>${exactNumber(exceeded.value)}</td><td>${changeOf(exceeded, 'bad')}</td></tr>` : []))}
${raised.map(({ level, feature, count }) => html`<tr><td><span class="level ${level}"></span>${LEVELS[level] ?? level}</td><td class="words">${featureText(feature)}</td><td>${exactNumber(count.value)}</td><td>${changeOf(count, 'bad')}</td></tr>`)}
</tbody></table>`
  }</div></section>`;
}

const LEVELS: Readonly<Record<string, string>> = {
  warning: 'Warnings',
  critical: 'Critical',
  exhausted: 'Quota used up',
  anomaly: 'Anomalies',
  forecast: 'Will run out',
};

/** The users with the highest usage of each feature. */
export function topUsers({ features }: ServiceReport): Markup | [] {
  const used = features.filter(({ top }) => top.length > 0);
  if (used.length === 0) return [];
  return html`<section><h2>Top users</h2><div class="grid">${used.map(topOf)}</div></section>`;
}

function topOf({ feature, top }: FeatureReport): Markup {
  const most = top[0]?.used ?? 1;
  return html`<div class="card table"><h3>${featureText(feature)}</h3><ol>
${top.map(
  ({ userId, planId, used }) =>
    html`<li><span class="user" title="${userId}">${userId}<span class="plan">${planId}</span></span><span title="${exactAmount(feature, used)}">${amountText(feature, used)}</span><span class="bar"><i style="width:${Math.max(1, Math.round((used / most) * 100))}%"></i></span></li>`,
)}
</ol></div>`;
}

/** Bytes are rounded; other amounts are exact. */
function amountText(feature: string, value: number): string {
  return countsBytes(feature) ? compactAmount(feature, value) : exactNumber(value);
}

function nothing(text: string): Markup {
  return html`<p class="none">${text}</p>`;
}
