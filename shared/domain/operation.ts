import { createHash } from 'node:crypto';
import { decodeTime, isValid, ulid } from 'ulid';
import type { AcceptedOperation, Account, Amounts, ChangeKind } from './account.ts';
import { DEDUPE_WINDOW } from './dedupe-window.ts';

/** Prefix of the ids that this service mints, for calls that bring no key of their own. */
const MINTED_PREFIX = 'op_';

/** One thing to be done at most once: its id, and a digest of what it is to do. */
export interface Operation {
  readonly id: string;
  /** Whether the caller chose the id (`Idempotency-Key`), so that it may be sent again at any time. */
  readonly keyed: boolean;
  readonly fingerprint: string;
}

/** Everything that makes two requests the same request. */
export interface OperationContent {
  readonly kind: ChangeKind;
  readonly amounts: Amounts;
  readonly resourceType?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Whatever else the verb depends on, such as a reservation's lifetime. */
  readonly extra?: string | number | undefined;
}

/** A new operation id: `op_` and a ULID of `now` (epoch ms). */
export function mintOperationId(now: number): string {
  return MINTED_PREFIX + ulid(now);
}

export function isMinted(operationId: string): boolean {
  return operationId.startsWith(MINTED_PREFIX) && isUlid(operationId.slice(MINTED_PREFIX.length));
}

/**
 * The id under which an account remembers an operation: 96 bits of its SHA-256, so that a key of 255 characters
 * costs 16 bytes. Two ids of one account collide with a probability of 2⁻⁹⁶.
 */
export function operationKey(operationId: string): string {
  return digest(operationId, 16);
}

/** 36 bits over the content, the same for any order of amounts and metadata. */
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

/** How long the record of an operation is kept, ms: a key may be repeated for so long. */
export const RECORD_LIFETIME_MS = 8 * 24 * 3_600_000;

/**
 * How far ahead of this service's clock a key's time may be, ms. Beyond it, the key would look fresh again later; one further
 * ahead than a record is kept carries no time.
 */
export const KEY_AHEAD_MS = 60_000;

/** No key was made before this service existed: 2020-01-01 in epoch ms. */
const EARLIEST_KEY_MS = Date.UTC(2020, 0);

/**
 * When a key was made (epoch ms), for the two time-ordered forms in use: UUIDv7 (RFC 9562 §5.7) and ULID, minted ids
 * included. `undefined` for every other key, and for one whose time is implausible at `now` (epoch ms), before 2020 or further
 * ahead than a record is kept: it only looks like one of these forms, and is opaque.
 */
export function keyTime(operationId: string, now: number): number | undefined {
  const made = timeIn(operationId);
  const isPlausible = made !== undefined && made >= EARLIEST_KEY_MS && made <= now + RECORD_LIFETIME_MS;
  return isPlausible ? made : undefined;
}

/** Whether a caller's key is an id that this service can have minted by `now` (epoch ms). */
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

/** What the account knows of an operation: nothing, the same request, or another one under the same id. */
export function recall(
  account: Pick<Account, 'operations'>,
  operation: Operation,
): 'new' | 'replayed' | 'key_reused' {
  const accepted: AcceptedOperation | undefined = account.operations.get(operationKey(operation.id));
  if (!accepted) return 'new';
  return accepted.fingerprint === operation.fingerprint ? 'replayed' : 'key_reused';
}

/** 26 characters hold 130 bits, a ULID has 128: one that begins with more than 7 is none, and has no time. */
function isUlid(text: string): boolean {
  return isValid(text) && /^[0-7]/.test(text);
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, length);
}
