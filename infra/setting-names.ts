import { closest } from 'fastest-levenshtein';

/**
 * The names that are meant as settings but are none of the known ones. The context also holds CDK's own keys,
 * such as `@aws-cdk/core:…`, `aws:cdk:…` or `cli-telemetry`: they contain punctuation, names of settings do
 * not. A known name with hyphens is a misspelt setting all the same.
 */
export function unknownSettings(names: readonly string[], known: readonly string[]): string[] {
  const spellings = new Set(known.map(letters));
  return names.filter(
    (name) => !known.includes(name) && (/^\w+$/.test(name) || spellings.has(letters(name))),
  );
}

/** The known name that takes the fewest edits, without regard to case and punctuation. */
export function nearestSetting(name: string, known: readonly string[]): string {
  const nearest = closest(letters(name), known.map(letters));
  return known.find((other) => letters(other) === nearest) ?? nearest;
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
