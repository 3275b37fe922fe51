import { createHash } from 'node:crypto';
import { decodeTime, isValid, ulid } from 'ulid';
import type { AcceptedOperation, Account, Amounts, ChangeKind } from './account.ts';
import { DEDUPE_WINDOW } from './dedupe-window.ts';

/** Prefix of the ids that this service mints for calls without a key. */
const MINTED_PREFIX = 'op_';

/** A change that is applied at most once: its id, and a digest of its content. */
export interface Operation {
  readonly id: string;
  /** Whether the caller chose the id (`Idempotency-Key`), so that a retry may arrive at any time. */
  readonly keyed: boolean;
  readonly fingerprint: string;
}

/** The content by which two requests are compared. */
export interface OperationContent {
  readonly kind: ChangeKind;
  readonly amounts: Amounts;
  readonly resourceType?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Further input of the verb, such as a reservation's lifetime. */
  readonly extra?: string | number | undefined;
}

/** Mints an operation id: `op_` and a ULID of `now` (epoch ms). */
export function mintOperationId(now: number): string {
  return MINTED_PREFIX + ulid(now);
}

export function isMinted(operationId: string): boolean {
  return operationId.startsWith(MINTED_PREFIX) && isUlid(operationId.slice(MINTED_PREFIX.length));
}

/**
 * Returns the id under which an account remembers an operation: 96 bits of its SHA-256, so that a key of 255
 * characters costs 16 bytes. Two ids of one account collide with a probability of 2⁻⁹⁶.
 */
export function operationKey(operationId: string): string {
  return digest(operationId, 16);
}

/** Returns a 36-bit digest of the content, equal for any order of amounts and metadata. */
export function fingerprintOf(content: OperationContent): string {
  const { kind, amounts, resourceType, resourceId, metadata, extra } = content;
  const byName = (entries: Iterable<[string, unknown]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return digest(
    JSON.stringify([
      kind,
      byName(amounts),
      resourceType,
      resourceId,
      byName(Object.entries(metadata ?? {})),
      extra,
    ]),
    6,
  );
}

/** How long the record of an operation is kept (ms): retries of a key are recognised during this time. */
export const RECORD_LIFETIME_MS = 8 * 24 * 3_600_000;

/**
 * How far ahead of this service's clock a key's time may be (ms). Beyond it, the key would look fresh again
 * later; one further ahead than `RECORD_LIFETIME_MS` has no time.
 */
export const KEY_AHEAD_MS = 60_000;

/** No key was made before this service existed: 2020-01-01 in epoch ms. */
const EARLIEST_KEY_MS = Date.UTC(2020, 0);

/**
 * Returns when a key was created (epoch ms), for the two time-ordered forms in use: UUIDv7 (RFC 9562 §5.7)
 * and ULID, minted ids included. `undefined` for every other key, and for one whose time is implausible at
 * `now` (epoch ms), before 2020 or more than `RECORD_LIFETIME_MS` ahead: it only resembles these forms, and
 * is opaque.
 */
export function keyTime(operationId: string, now: number): number | undefined {
  const made = timeIn(operationId);
  const isPlausible = made !== undefined && made >= EARLIEST_KEY_MS && made <= now + RECORD_LIFETIME_MS;
  return isPlausible ? made : undefined;
}

/** Whether this service can have minted a caller's key by `now` (epoch ms). */
export function isReturned(operationId: string, now: number): boolean {
  const made = keyTime(operationId, now);
  return isMinted(operationId) && made !== undefined && made <= now + DEDUPE_WINDOW.clockSkewMs;
}

function timeIn(operationId: string): number | undefined {
  const bare = isMinted(operationId) ? operationId.slice(MINTED_PREFIX.length) : operationId;
  if (isUlid(bare)) return decodeTime(bare);
  const uuid = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.exec(bare);
  return uuid ? Number.parseInt(`${uuid[1]}${uuid[2]}`, 16) : undefined;
}

/** Looks an operation up in the account: unknown, the same request, or another one under the same id. */
export function recall(
  account: Pick<Account, 'operations'>,
  operation: Operation,
): 'new' | 'replayed' | 'key_reused' {
  const accepted: AcceptedOperation | undefined = account.operations.get(operationKey(operation.id));
  if (!accepted) return 'new';
  return accepted.fingerprint === operation.fingerprint ? 'replayed' : 'key_reused';
}

/**
 * 26 characters hold 130 bits, a ULID has 128: a text that begins with more than 7 is no ULID, and has no
 * time.
 */
function isUlid(text: string): boolean {
  return isValid(text) && /^[0-7]/.test(text);
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, length);
}
