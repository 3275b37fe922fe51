import { Cron } from 'croner';

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Calls back at the moments of an EventBridge expression: `rate(5 minutes)`, `cron(5 0 * * ? *)`.
 *
 * @param timeZone for cron expressions, e.g. `Etc/UTC`
 * @param onTick gets the moment the call was due
 * @returns stops the clock
 * @throws Error for an expression that is not understood
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function startClock(expression: string, timeZone: string, onTick: (due: Date) => void): () => void {
  const [, kind, body = ''] = /^(rate|cron)\((.+)\)$/.exec(expression) ?? [];
  if (kind === 'rate') {
    const timer = setInterval(() => onTick(new Date()), rateMs(body));
    return () => clearInterval(timer);
  }
  if (kind === 'cron') {
    const cron = awsCron(body, timeZone, () => onTick(new Date()));
    return () => cron.stop();
  }
  throw new Error(`The schedule ${expression} is not known to the local stack`);
}

/** AWS counts weekdays from 1 (Sunday), has no seconds and a year at the end, and allows steps from a number (`0/15`). */
export function awsCron(fields: string, timeZone: string, onTick?: () => void): Cron {
  const options = {
    timezone: timeZone,
    mode: '7-part',
    alternativeWeekdays: true,
    sloppyRanges: true,
  } as const;
  return onTick
    ? new Cron(`0 ${fields}`, options, onTick)
    : new Cron(`0 ${fields}`, { ...options, paused: true });
}

function rateMs(rate: string): number {
  const [, count, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(rate) ?? [];
  const unitMs = UNIT_MS[unit];
  if (!unitMs || !Number(count)) throw new Error(`rate(${rate}) is not a rate`);
  return Number(count) * unitMs;
}
