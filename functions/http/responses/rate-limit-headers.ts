import { type Account, type Counter, FAR_FUTURE, type Feature } from '../../../shared/domain/account.ts';
import { secondsUntil } from '../problems.ts';

/** The largest integer that a structured field can carry (RFC 9651 §3.3.1). */
const MAX_INTEGER = 999_999_999_999_999;

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): one policy for each enforced
 * counter with a limit, named after its feature and interval. `q` is the limit, `w` the period's length and
 * `t` the time to its end in seconds; a gauge has neither. No such counter: no headers.
 *
 * @example
 * RateLimit-Policy: "aiRequest-month";q=100;w=2678400
 * RateLimit: "aiRequest-month";r=50;t=12345
 */
export function rateLimitHeaders(
  account: Account,
  features: Iterable<Feature>,
  now: number,
): Readonly<Record<string, string>> {
  const policies: string[] = [];
  const standings: string[] = [];
  for (const feature of features) {
    for (const counter of account.counters.get(feature) ?? []) {
      if (!counter.enforced || counter.limit === null) continue;
      const name = `"${feature}-${counter.interval}"`;
      policies.push(`${name};q=${integer(counter.limit)}${periodLength(counter)}`);
      standings.push(`${name};r=${integer(counter.remaining)}${timeLeft(counter, now)}`);
    }
  }
  if (policies.length === 0) return {};
  return { 'RateLimit-Policy': policies.join(', '), RateLimit: standings.join(', ') };
}

function periodLength({ periodStart, periodEnd }: Counter): string {
  return periodEnd >= FAR_FUTURE ? '' : `;w=${Math.round((periodEnd - periodStart) / 1000)}`;
}

function timeLeft({ periodEnd }: Counter, now: number): string {
  return periodEnd >= FAR_FUTURE ? '' : `;t=${secondsUntil(periodEnd, now)}`;
}

function integer(value: number): number {
  return Math.min(Math.max(value, 0), MAX_INTEGER);
}
