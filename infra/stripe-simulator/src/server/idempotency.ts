import { createHash } from 'node:crypto';
import { ApiError, invalidRequest } from '../calls/errors.ts';
import { DAY } from '../time/calendar.ts';
import type { IdempotencyEntry, SavedResponse } from '../world/pending-work.ts';

const KEPT_FOR = DAY;
const MAX_KEY_LENGTH = 255;

/**
 * Saves responses by idempotency key for a day.
 *
 * Source: "Idempotent requests", Stripe's API reference.
 */
export class IdempotencyKeys {
  readonly #entries: Map<string, IdempotencyEntry>;

  constructor(entries: Map<string, IdempotencyEntry>) {
    this.#entries = entries;
  }

  /**
   * Returns the saved response, or undefined for the first call with its key, which is then in use.
   *
   * @throws ApiError 400 for a key that is too long, other parameters or another endpoint, 409 while the
   *   first call runs
   */
  claim(key: string, path: string, body: string, now: number): SavedResponse | undefined {
    if (key.length === 0 || key.length > MAX_KEY_LENGTH) throw badLength(key);
    const fingerprint = createHash('sha256').update(body).digest('hex');
    const known = this.#entries.get(key);
    if (!known || known.at <= now - KEPT_FOR) {
      this.#entries.set(key, { path, fingerprint, at: now, response: undefined });
      return undefined;
    }
    if (known.path !== path)
      throw misused(key, `the same endpoint they were first used for ('${known.path}' vs '${path}')`);
    if (known.fingerprint !== fingerprint)
      throw misused(key, 'the same parameters they were first used with');
    if (known.response) return known.response;
    throw new ApiError(409, {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. If your request fails because of this error, try again in a few seconds.`,
    });
  }

  keep(key: string, response: SavedResponse): void {
    const entry = this.#entries.get(key);
    if (entry) entry.response = response;
  }

  /** Releases the key of a call that had no effect. */
  forget(key: string): void {
    this.#entries.delete(key);
  }
}

function badLength({ length }: string): ApiError {
  return invalidRequest(
    `Idempotent key length is ${length} characters long, which is outside accepted lengths. Idempotent Keys must be 1-${MAX_KEY_LENGTH} characters long. If you're looking for a decent generator, try using a UUID defined by IETF RFC 4122.`,
  );
}

function misused(key: string, rule: string): ApiError {
  const message = `Keys for idempotent requests can only be used with ${rule}. Try using a key other than '${key}' if you meant to execute a different request.`;
  return new ApiError(400, {
    type: 'idempotency_error',
    message: message.replace('with the same endpoint', 'for the same endpoint'),
  });
}
