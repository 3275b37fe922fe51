import { compactNumber } from '../../../../shared/domain/reports/amount-text.ts';
import type { Figure } from '../../../../shared/domain/reports/service-report.ts';
import { html, type Markup } from './markup.ts';

/**
 * The change of a figure, in text and colour.
 *
 * @param more whether more of it is good or bad news
 * @param textOf how its values are written
 */
export function changeOf(
  { before, change, changePercent }: Figure,
  more: 'good' | 'bad',
  textOf: (value: number) => string = compactNumber,
): Markup {
  if (change === 0) return html`<span class="change">no change</span>`;
  const isGood = change > 0 === (more === 'good');
  const size = changePercent === null ? 'new' : `${Math.abs(changePercent).toLocaleString('en')} %`;
  return html`<span class="change"><span class="${isGood ? 'up-good' : 'up-bad'}">${change > 0 ? '▲' : '▼'} ${size}</span> from ${textOf(before)}</span>`;
}
