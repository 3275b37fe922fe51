import {
  type CombinedSettings,
  DEFAULT_SETTINGS,
  SETTING_NAMES,
  type SettingName,
  type Settings,
} from '../settings.ts';

/** A line for each setting: its name, its value and the place it is from. */
export function settingsTable({ settings, sourceOf }: CombinedSettings): string {
  const effective: Settings = { ...DEFAULT_SETTINGS, ...settings };
  const rows = SETTING_NAMES.filter((name) => name !== 'stage').map((name) => [
    name,
    printed(effective[name]),
    sourceOf(name) ?? 'default',
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

function printed(value: Settings[SettingName]): string {
  const isEmpty = typeof value === 'object' && Object.keys(value).length === 0;
  if (value === undefined || isEmpty) return '(none)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
