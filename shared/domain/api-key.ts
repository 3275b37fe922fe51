import { createHash, randomBytes } from 'node:crypto';
import type { RateLimit } from './rate-limit.ts';

/** The stored record of an API key, without the key itself. Instants are epoch milliseconds. */
export interface ApiKey {
  /** SHA-256 of the key in hex; also its public id. */
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** The only user this key may act for, if it is bound to one. */
  readonly userId?: string;
  /** Absent: the deployment's, if it has one. */
  readonly rateLimit?: RateLimit;
  /** Whether the deployment created it. */
  readonly isFirst?: boolean;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
}

const PREFIX = 'qk_';
const KEY_BYTES = 32;

/** Creates a key: `qk_` and 256 random bits. The prefix lets secret scanners find leaked keys. */
export function mintApiKey(): string {
  return PREFIX + randomBytes(KEY_BYTES).toString('base64url');
}

/**
 * Returns the id under which a key is stored. Keys have 256 bits of entropy, so a plain digest cannot be
 * reversed.
 */
export function keyIdOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Whether a key may be used at `now` (epoch ms), and if not, why. */
export function keyStatus(key: ApiKey | undefined, now: number): 'valid' | 'unknown' | 'revoked' | 'expired' {
  if (!key) return 'unknown';
  if (key.revokedAt !== undefined) return 'revoked';
  return key.expiresAt !== undefined && key.expiresAt <= now ? 'expired' : 'valid';
}
