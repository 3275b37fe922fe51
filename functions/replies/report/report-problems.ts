import type { Problem } from '../../runtime/problems.ts';

export function tooManyDays(maxDays: number): Problem {
  return {
    code: 'range_too_large',
    detail: `With the features there are, ${maxDays} days can be reported at once. Ask for fewer; the daily report has the last 30.`,
    extensions: { maxDays },
  };
}

export const TOO_MUCH_USAGE: Problem = {
  code: 'range_too_large',
  detail: 'There was more usage on these days than can be summed up in one request. Ask for fewer days.',
};
