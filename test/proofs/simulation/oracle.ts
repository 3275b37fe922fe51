import type { Account, Change } from '../../../shared/domain/account.ts';
import type { Allowance, Plan } from '../../../shared/domain/plan.ts';
import type { Fault, Promised } from './promised.ts';
import { imageFaults } from './verify-image.ts';
import { afterChange, confirmableUntil, type Reservation, reservationOf } from './verify-settlement.ts';
import type { World } from './world.ts';

export interface Violation extends Fault {
  /** True time, epoch ms. */
  readonly at: number;
}

/** One image of an account, and when it was stored. */
interface StoredImage {
  readonly since: number;
  readonly account: Account;
}

/** Maximum age of the image behind a denial: a second of cache, clock skew, a request on its way. */
const OLDEST_DENIAL_MS = 4_500;

/**
 * Observes every write of an account and every answer to a caller, and keeps its own books: the version that
 * charged each operation, its request, and the account at any time.
 */
export class Oracle {
  readonly violations: Violation[] = [];
  readonly #world: Pick<World, 'now' | 'end'>;
  readonly #charges = new Map<string, number>();
  readonly #ofRequest = new Map<string, number>();
  readonly #changedAnswers = new Set<string>();
  readonly #images = new Map<string, StoredImage[]>();
  readonly #denied = new Set<string>();
  readonly #plans = new Map<string, readonly Allowance[]>();
  /** By user and reservation. */
  readonly #reservations = new Map<string, Reservation>();

  constructor(world: Pick<World, 'now' | 'end'>) {
    this.#world = world;
  }

  report(promised: Promised, text: string): void {
    this.violations.push({ promised, text, at: this.#world.now() });
    this.#world.end();
  }

  /** A version of a plan was written. */
  onPlan({ id, version, allowances }: Plan): void {
    this.#plans.set(`${id} ${version}`, allowances);
  }

  /** An account was written. */
  onWrite(before: Account | undefined, after: Account): void {
    const { userId, change } = after;
    const planOf = ({ id, version }: Account['plan']) => this.#plans.get(`${id} ${version}`);
    const reservation = this.#reservations.get(`${userId} ${change?.reservationId}`);
    for (const { promised, text } of imageFaults(before, after, { planOf, reservation }))
      this.report(promised, `${after.userId}: ${text}`);
    const images = this.#images.get(after.userId) ?? [];
    this.#images.set(after.userId, images);
    images.push({ since: this.#world.now(), account: after });
    if (!change || before?.version === after.version) return;
    for (const [key, known] of this.#reservations) {
      if (key.startsWith(`${userId} `)) this.#reservations.set(key, afterChange(known, before, after));
    }
    const made = reservationOf(after, this.#world.now());
    if (made) this.#reservations.set(`${userId} ${change.reservationId}`, made);
    this.#book(userId, after.version, change);
  }

  #book(userId: string, version: number, change: Change): void {
    const operation = `${userId} ${change.operationId}`;
    if (this.#charges.has(operation))
      this.report('charged once', `${operation} was applied again by version ${version}`);
    this.#charges.set(operation, this.#world.now());
    const request = requestOf(change);
    if (request === undefined) return;
    if (this.#denied.has(request))
      this.report(
        'denials change nothing',
        `${request} was applied by version ${version}, after it was denied`,
      );
    if (this.#ofRequest.has(request))
      this.report('charged once', `${request} was applied again by version ${version}`);
    this.#ofRequest.set(request, this.#world.now());
  }

  /** Every change of a user's account, the oldest first. */
  changesOf(userId: string): Change[] {
    return (this.#images.get(userId) ?? []).flatMap(({ account }) => account.change ?? []);
  }

  newest(userId: string): Account | undefined {
    return this.#images.get(userId)?.at(-1)?.account;
  }

  /** Whether the account's version was the newest at some instant of a span. */
  wasCurrent(userId: string, version: number, from: number, to: number): boolean {
    const images = this.#images.get(userId) ?? [];
    const first = images.findIndex(({ account }) => account.version === version);
    if (version === 0) return (images[0]?.since ?? Number.POSITIVE_INFINITY) >= from;
    if (first < 0) return false;
    const next = images.slice(first).find(({ account }) => account.version > version);
    return (images[first]?.since ?? 0) <= to && (next?.since ?? Number.POSITIVE_INFINITY) >= from;
  }

  isCharged(request: string): boolean {
    return this.#ofRequest.has(request);
  }

  /** A caller was answered that its operation was applied, now or before. */
  onApplied(userId: string, operationId: string, code: 'changed' | 'replayed'): void {
    const operation = `${userId} ${operationId}`;
    if (!this.#charges.has(operation))
      this.report('nothing lost', `${operation}: ${code}, but nothing was written`);
    if (code === 'replayed') return;
    if (this.#changedAnswers.has(operation))
      this.report('charged once', `${operation}: two callers were answered that they applied it`);
    this.#changedAnswers.add(operation);
  }

  /** A caller without a key was denied, and does not retry. */
  onFinalDenial(request: string): void {
    this.#denied.add(request);
  }

  /** A caller was denied: then nothing was written for it before it asked, and the denial must be true. */
  onDenied(request: string, denied: { account: Account; code: string; askedAt: number }): void {
    const { account, code, askedAt } = denied;
    const chargedAt = this.#ofRequest.get(request);
    if (chargedAt !== undefined && chargedAt < askedAt) {
      this.report('denials change nothing', `${request} was answered ${code}, and had been applied`);
    }
    if (!this.wasCurrent(account.userId, account.version, askedAt - OLDEST_DENIAL_MS, this.#world.now())) {
      this.report(
        'answers are true',
        `${request} was answered ${code} by version ${account.version}, long outdated`,
      );
    }
  }

  /**
   * A caller was refused the settlement of a reservation. That is right only if the reservation was not made
   * before it asked, or expired more than a day ago: work that was done is not refused.
   */
  onUnsettled(userId: string, reservationId: string | undefined, code: string, askedAt: number): void {
    const reservation = this.#reservations.get(`${userId} ${reservationId}`);
    if (!reservation || reservation.since > askedAt) return;
    if (this.#world.now() + MOST_SKEW_MS >= confirmableUntil(reservation)) return;
    this.report(
      'used is used',
      `the reservation of version ${reservation.version} was never settled, and refused: ${code}`,
    );
  }
}

/** Upper bound of clock skew. */
const MOST_SKEW_MS = 2_000;

/** The request of a change, if the change names it. */
function requestOf({ kind, resourceId, reason }: Change): string | undefined {
  return resourceId ?? (kind === 'grant' ? reason : undefined);
}
