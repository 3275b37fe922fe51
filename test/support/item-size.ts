import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * An item's size in bytes as DynamoDB bills it: names and strings in UTF-8; a number one byte for every two
 * significant digits, one more, and one for a minus sign; a boolean one; a map or list three, one for each of
 * its elements, and these.
 *
 * Source: "DynamoDB item sizes and formats", Amazon DynamoDB Developer Guide.
 */
export function itemSizeBytes(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

const CONTAINER_BYTES = 3;

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.M !== undefined) return CONTAINER_BYTES + Object.keys(value.M).length + itemSizeBytes(value.M);
  if (value.L !== undefined) {
    return value.L.reduce((sum, element) => sum + 1 + valueBytes(element), CONTAINER_BYTES);
  }
  throw new Error(`no account holds a value like ${JSON.stringify(value)}`);
}

/**
 * Integers only. Digits count in pairs from the decimal point, without trailing pairs of zeros; 0 is one
 * byte.
 */
function numberBytes(text: string): number {
  const digits = text.replace('-', '');
  const pairs = digits.padStart(digits.length + (digits.length % 2), '0').replace(/(00)+$/, '').length / 2;
  return pairs + 1 + (text.startsWith('-') ? 1 : 0);
}
