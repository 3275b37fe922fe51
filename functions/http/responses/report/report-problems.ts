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
  detail: 'The report of these days is longer than one answer can be. Ask for fewer days.',
};

/** How much there is to sum up is not all that takes time: a table that is slow for a while does too. */
export const OUT_OF_TIME: Problem = {
  code: 'unavailable',
  detail:
    'The usage of these days could not be summed up in the time that one request has. Ask again later, or for fewer days; the daily report has the last 30.',
  retryAfterSeconds: 30,
};
