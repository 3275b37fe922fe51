import { describe, expect, it } from 'vitest';
import {
  asSeen,
  findUnfinished,
  JOB_LEASE_MS,
  type JobRun,
  type JobState,
  mintRunId,
  NOTHING_DONE,
  newRun,
  toJobError,
} from '../../../shared/domain/job-run.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const about = { id: 'run_1', job: 'sync', trigger: { kind: 'manual' }, options: {} } as const;
const run = (state: JobState, some: Partial<JobRun> = {}): JobRun =>
  newRun(state, { ...about, ...some }, NOW);

describe('a run', () => {
  it('starts with no progress, at the moment it is created', () => {
    expect(run('running')).toEqual({
      ...about,
      state: 'running',
      startedAt: NOW,
      updatedAt: NOW,
      endedAt: null,
      counts: { processed: 0, failed: 0 },
      errors: [],
    });
    expect(NOTHING_DONE).toEqual({ processed: 0, failed: 0 });
  });

  it('has an id that sorts by time', () => {
    expect(mintRunId(NOW) < mintRunId(NOW + 1)).toBe(true);
    expect(mintRunId(NOW)).toHaveLength(26);
  });

  it('silent for a whole lease has died, at its last heartbeat', () => {
    const silent = run('running');
    expect(asSeen(silent, NOW + JOB_LEASE_MS - 1)).toBe(silent);
    expect(asSeen(silent, NOW + JOB_LEASE_MS)).toEqual({ ...silent, state: 'died', endedAt: NOW });
  });

  it('that has ended does not die later', () => {
    const ended = run('succeeded', { endedAt: NOW });
    expect(asSeen(ended, NOW + 2 * JOB_LEASE_MS)).toBe(ended);
  });
});

describe('a new run continues', () => {
  it.each(['running', 'cut_short', 'died'] as const)('the last one if that is %s', (state) => {
    const last = run(state);
    expect(findUnfinished([last, run('succeeded')], {})).toBe(last);
  });

  it('nothing after a success, whatever remained before it, or without a last run', () => {
    expect(findUnfinished([run('succeeded'), run('cut_short')], {})).toBeUndefined();
    expect(findUnfinished([], {})).toBeUndefined();
  });

  it('a failed run only from its checkpoint', () => {
    const failed = run('failed', { checkpoint: 'shard 3' });
    expect(findUnfinished([failed], {})).toBe(failed);
    expect(findUnfinished([run('failed')], {})).toBeUndefined();
  });

  it('the run before those that never began', () => {
    const last = run('died');
    expect(findUnfinished([run('queued'), run('already_running'), last], {})).toBe(last);
  });

  it('a run of its own scope alone', () => {
    const [ofAll, ofOne] = [run('died'), run('died', { options: { userId: 'a' } })];
    expect(findUnfinished([ofAll, ofOne], { userId: 'a' })).toBe(ofOne);
    expect(findUnfinished([ofOne, ofAll], {})).toBe(ofAll);
    const options = { planId: 'pro' };
    const [ofPlan, tried] = [
      run('died', { options }),
      run('died', { options: { ...options, dryRun: true } }),
    ];
    expect(findUnfinished([tried, ofPlan], { planId: 'pro', dryRun: false })).toBe(ofPlan);
    expect(findUnfinished([ofPlan, tried], { planId: 'pro', dryRun: true })).toBe(tried);
    expect(findUnfinished([ofPlan, tried], { planId: 'free' })).toBeUndefined();
    expect(findUnfinished([ofOne], { userId: 'b' })).toBeUndefined();
  });
});

describe('a recorded error', () => {
  it('has its name and message, and the user it concerns', () => {
    expect(toJobError(new TypeError('no such plan'))).toStrictEqual({ message: 'TypeError: no such plan' });
    expect(toJobError('thrown as it is', 'a')).toEqual({ message: 'thrown as it is', userId: 'a' });
  });

  it.each([
    ['key sk_live_a-1 refused', 'key sk_… refused'],
    ['rk_1, pk_22 and whsec_333', 'rk_…, pk_… and whsec_…'],
    ['a qk_Ab-9_x', 'a qk_…'],
    ['Authorization: Bearer  abc.def tail', 'Authorization: Bearer … tail'],
    ['basic dXNlcjpwYXNz', 'basic …'],
    ['the task_list and desk_top', 'the task_list and desk_top'],
  ])('contains no secret: %s', (text, message) => {
    expect(toJobError(text)).toEqual({ message });
  });

  it('is cut at 300 characters, after its secrets were removed', () => {
    expect(toJobError('x'.repeat(301)).message).toBe('x'.repeat(300));
    expect(toJobError(`${'x'.repeat(290)} sk_live_secret`).message).toBe(`${'x'.repeat(290)} sk_…`);
  });
});
