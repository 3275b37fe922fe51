import { Cron } from 'croner';

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** A running schedule. */
export interface RunningClock {
  /** Returns the last passed time without a callback, if any, and marks it as done. */
  takeOverdue(): Date | undefined;
  stop(): void;
}

/** The clock may be moved, and timers overflow at 24.8 days. */
const MAX_WAIT_MS = 3_600_000;

/**
 * Calls back at the times of an EventBridge expression: `rate(5 minutes)`, `cron(5 0 * * ? *)`. If several
 * have passed, calls back once, for the last.
 *
 * @param timeZone for cron expressions, e.g. `Etc/UTC`
 * @param onTick receives the due time
 * @param now epoch ms. @default the machine's time
 * @throws Error for an unsupported expression
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function startClock(
  expression: string,
  timeZone: string,
  onTick: (due: Date) => void,
  now: () => number = Date.now,
): RunningClock {
  const nextAfter = momentsOf(expression, timeZone, now());
  let next = nextAfter(now());
  let timer: NodeJS.Timeout;
  const takeOverdue = () => {
    let due: Date | undefined;
    for (const at = now(); next <= at; next = nextAfter(next)) due = new Date(next);
    return due;
  };
  const arm = () => {
    timer = setTimeout(wake, Math.min(Math.max(next - now(), 0), MAX_WAIT_MS));
  };
  const wake = () => {
    const due = takeOverdue();
    arm();
    if (due) onTick(due);
  };
  arm();
  return { takeOverdue, stop: () => clearTimeout(timer) };
}

/** Returns the next time of an expression after another, in epoch ms; `Infinity` if there is none. */
function momentsOf(expression: string, timeZone: string, startMs: number): (afterMs: number) => number {
  const [, kind, body = ''] = /^(rate|cron)\((.+)\)$/.exec(expression) ?? [];
  if (kind === 'rate') {
    const everyMs = rateMs(body);
    return (afterMs) => startMs + (Math.floor((afterMs - startMs) / everyMs) + 1) * everyMs;
  }
  if (kind === 'cron') {
    const cron = awsCron(body, timeZone);
    return (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() ?? Number.POSITIVE_INFINITY;
  }
  throw new Error(`The schedule ${expression} is not supported by the local stack`);
}

/**
 * AWS counts weekdays from 1 (Sunday), has no seconds and a year at the end, and allows steps from a number
 * (`0/15`).
 */
export function awsCron(fields: string, timeZone: string): Cron {
  return new Cron(`0 ${fields}`, {
    timezone: timeZone,
    mode: '7-part',
    alternativeWeekdays: true,
    sloppyRanges: true,
    paused: true,
  });
}

function rateMs(rate: string): number {
  const [, count, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(rate) ?? [];
  const unitMs = UNIT_MS[unit];
  if (!unitMs || !Number(count)) throw new Error(`rate(${rate}) is not a rate`);
  return Number(count) * unitMs;
}
