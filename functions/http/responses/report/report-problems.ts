import type { Problem } from '../../problems.ts';

export function tooManyDays(maxDays: number): Problem {
  return {
    code: 'range_too_large',
    detail: `The range is too large to report at once. Ask for at most ${maxDays} days ending on the same day; the daily report has the last 30.`,
    extensions: { maxDays },
  };
}

export const TOO_LONG_A_REPORT: Problem = {
  code: 'range_too_large',
  detail: 'The report of these days exceeds the size of one response. Ask for fewer days.',
};

/** Not only large ranges run out of time; a slow table does, too. */
export const OUT_OF_TIME: Problem = {
  code: 'unavailable',
  detail:
    'The report of these days took longer than one request may. Retry later, or ask for fewer days; the daily report has the last 30.',
  retryAfterSeconds: 30,
};
