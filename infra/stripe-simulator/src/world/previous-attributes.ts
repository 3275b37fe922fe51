/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

const isRecord = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSame = (left: Json | undefined, right: Json | undefined) =>
  JSON.stringify(left) === JSON.stringify(right);

/**
 * Returns the `previous_attributes` of an `updated` event: former values of changed fields, whole lists, and
 * null for absent fields.
 */
export function previousAttributes(before: Json, after: Json): { [name: string]: Json } | undefined {
  if (!isRecord(before) || !isRecord(after)) return undefined;
  const changed: { [name: string]: Json } = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [former, latter] = [before[name], after[name]];
    if (isSame(former, latter)) continue;
    const below = isRecord(former) && isRecord(latter) ? previousAttributes(former, latter) : undefined;
    changed[name] = below ?? former ?? null;
  }
  return Object.keys(changed).length > 0 ? changed : undefined;
}
