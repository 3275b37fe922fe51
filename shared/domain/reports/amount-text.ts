import type { Feature } from '../account.ts';

const compactFormat = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const exactFormat = new Intl.NumberFormat('en');
const BYTE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * Whether units of a feature are bytes. A plan has no unit, so the name decides, such as `storage` or
 * `exportBytes`.
 */
export function countsBytes(feature: Feature): boolean {
  return /storage|bytes/i.test(feature);
}

/** `1.2M` */
export const compactNumber = (value: number): string => compactFormat.format(value);
/** `1,234,567` */
export const exactNumber = (value: number): string => exactFormat.format(value);

/** Formats an amount for people: `1.2M`; for bytes `73.4 MB` (1 MB = 1,000,000 bytes). */
export function compactAmount(feature: Feature, value: number): string {
  return countsBytes(feature) ? bytesText(value) : compactNumber(value);
}

/** Formats an amount in full: `1,234,567`; for bytes `1,234,567 bytes`. */
export function exactAmount(feature: Feature, value: number): string {
  return countsBytes(feature) ? `${exactNumber(value)} bytes` : exactNumber(value);
}

function bytesText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(1, Math.abs(bytes))) / 3), BYTE_UNITS.length - 1);
  const scaled = Math.round((bytes / 1_000 ** power) * 10) / 10;
  return `${exactNumber(scaled)} ${BYTE_UNITS[power]}`;
}
