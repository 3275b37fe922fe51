import { KEY_AHEAD_MS, keyTime } from '../../shared/domain/operation.ts';
import { invalidRequest, type Problem } from './problems.ts';

/** The name in requests; API Gateway hands header names over in lower case. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';
/** Printable ASCII without the comma. */
export const KEY_PATTERN = /^[\x20-\x2b\x2d-\x7e]{1,255}$/;
/** Prefix of the ids that the service gives to settlements of reservations. */
const RESERVED_PREFIX = 'settle_';

/**
 * The caller's own id of an operation, if any. Keys are compared byte by byte: another letter case or quotes
 * make another key. `now`: epoch ms.
 */
export function decodeIdempotencyKey(
  headers: Readonly<Record<string, string | undefined>>,
  now: number,
): { readonly key: string | undefined } | { readonly problem: Problem } {
  const key = headers[IDEMPOTENCY_KEY.toLowerCase()];
  if (key === undefined) return { key };
  if (key.includes(',')) {
    return invalidKey(
      'must not contain a comma (several header lines are joined by one); send one line',
      'invalid_format',
    );
  }
  if (!KEY_PATTERN.test(key))
    return invalidKey('must have 1 to 255 printable ASCII characters', 'invalid_format');
  if (key.startsWith(RESERVED_PREFIX))
    return invalidKey(`must not begin with ${RESERVED_PREFIX}`, 'reserved');

  const aheadMs = (keyTime(key, now) ?? 0) - now;
  if (aheadMs <= KEY_AHEAD_MS) return { key };
  const ahead = `is dated ${Math.round(aheadMs / 1000)} s ahead of this service's clock`;
  const message = `${ahead}: correct the caller's clock, or send a key without a timestamp`;
  return {
    problem: {
      code: 'clock_ahead',
      detail: `${IDEMPOTENCY_KEY} ${message}.`,
      errors: [{ path: IDEMPOTENCY_KEY, message, code: 'clock_ahead' }],
    },
  };
}

function invalidKey(message: string, code: string): { problem: Problem } {
  return { problem: invalidRequest([{ path: IDEMPOTENCY_KEY, message, code }]) };
}
