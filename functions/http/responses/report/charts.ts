import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { compactNumber } from '../../../../shared/domain/reports/amount-text.ts';
import { html, Markup } from './markup.ts';
import { shortDay } from './wording.ts';

use([BarChart, LineChart, GridComponent, SVGRenderer]);

const [WIDTH, HEIGHT] = [460, 170];
const FONT = { fontFamily: 'system-ui, sans-serif', fontSize: 11, color: 'var(--muted)' };

export interface ChartSeries {
  readonly name: string;
  /** A style variable of the page, so that the drawing follows its colours. */
  readonly color: string;
  readonly values: readonly number[];
}

export interface DailyChart {
  readonly title: string;
  readonly dates: readonly string[];
  /** Bars on top of each other; one alone may be a line. */
  readonly series: readonly ChartSeries[];
  readonly kind: 'bar' | 'line';
  /** How values are written on the axis. @default - `1.2M` */
  readonly textOf?: (value: number) => string;
}

/** A chart of figures per day: self-contained SVG without a script, the same for the same figures. */
export function dailyChart({ title, dates, series, kind, textOf = compactNumber }: DailyChart): Markup {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    grid: { left: 4, right: 8, top: 10, bottom: 2, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      data: dates.map(shortDay),
      boundaryGap: kind === 'bar',
      axisTick: { show: false },
      axisLine: { lineStyle: { color: 'var(--line)' } },
      axisLabel: { ...FONT, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      splitNumber: 3,
      minInterval: 1,
      splitLine: { lineStyle: { color: 'var(--line)' } },
      axisLabel: { ...FONT, formatter: textOf },
    },
    series: series.map(({ values, color }) => seriesOf(kind, values, color)),
  });
  const svg = chart.renderToSVGString({ useViewBox: true });
  chart.dispose();
  return html`<figure><figcaption>${title}${legend(series)}</figcaption>${cleaned(svg, title)}</figure>`;
}

function seriesOf(kind: DailyChart['kind'], values: readonly number[], color: string) {
  const data = [...values];
  if (kind === 'line') {
    const areaStyle = { color, opacity: 0.15 };
    return {
      type: 'line',
      data,
      showSymbol: false,
      lineStyle: { color, width: 2 },
      itemStyle: { color },
      areaStyle,
    };
  }
  return { type: 'bar', data, stack: 'all', barMaxWidth: 26, barCategoryGap: '25%', itemStyle: { color } };
}

/** Only for several series. */
function legend(series: readonly ChartSeries[]): readonly Markup[] {
  if (series.length < 2) return [];
  return series.map(
    ({ name, color }) => html`<span class="key"><i style="background:${color}"></i>${name}</span>`,
  );
}

/**
 * The library numbers its charts and styles per process, adds hover styles, and has no accessible label. Here
 * ids come from the chart's title, hover styles are removed, and a label is added.
 */
function cleaned(svg: string, title: string): Markup {
  const own = title.replaceAll(/\W+/g, '-');
  const renamed = svg
    .replaceAll(/\bzr\d+-/g, `${own}-`)
    .replaceAll(/<style[\s\S]*?<\/style>| class="[^"]*"/g, '');
  const label = html`<svg role="img" aria-label="${title} per day" `.text;
  return new Markup(renamed.replace('<svg ', label));
}
