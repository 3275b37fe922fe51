import { type DateRange, daysIn } from '../../../../shared/domain/date-range.ts';

const LOCALE = 'en-GB';
const dayFormat = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', day: 'numeric', month: 'short' });
const dateFormat = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', dateStyle: 'long' });
const fullDateFormat = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', dateStyle: 'full' });

/** `22 Nov` */
export const shortDay = (date: string): string => dayFormat.format(Date.parse(date));

/** `Sunday 22 November 2026`, `24 October 2026 – 22 November 2026` */
export function rangeText({ from, to }: DateRange): string {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  return from === to
    ? fullDateFormat.format(first)
    : `${dateFormat.format(first)} – ${dateFormat.format(last)}`;
}

/** `the day before`, `the 30 days before` */
export function beforeText(range: DateRange): string {
  const days = daysIn(range);
  return days === 1 ? 'the day before' : `the ${days} days before`;
}

/** `aiRequest` → `AI request`: a name as people write it. */
export function featureText(feature: string): string {
  const words = feature.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  const text = words.replaceAll(/\b(ai|api|pdf|sms|url|gpu|cpu|ocr)\b/g, (word) => word.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}
