import { Fault } from '../../domain/faults.ts';
import type { AccountChange } from '../../domain/rollup.ts';

/**
 * A step of the projection failed: a fault of the store that outlasted the retries, or a defect of the
 * change.
 */
export class ChangeNotProjected extends Fault {
  readonly code = 'unavailable';
  /**
   * Index in the batch of the earliest change that failed. Changes before it have passed this step, not those
   * after it.
   */
  readonly index: number;

  constructor({ userId, version }: AccountChange['after'], index: number, cause: Error) {
    super(`version ${version} of ${userId} was not projected: ${cause.message}`, { cause });
    this.name = 'ChangeNotProjected';
    this.index = index;
  }
}

/** Work for the changes of a user, or for some changes from the first of them on. */
export interface ProjectionWork {
  readonly of: AccountChange | { readonly userId: string };
  readonly run: () => Promise<unknown>;
}

/**
 * Runs the work of a step concurrently. A failure does not stop the rest.
 *
 * @throws ChangeNotProjected for the earliest change whose work failed, after all work has ended
 */
export async function projectEach(
  changes: readonly AccountChange[],
  works: readonly ProjectionWork[],
): Promise<void> {
  const settled = await Promise.allSettled(works.map(({ run }) => run()));
  const failures = settled.flatMap((result, position) => {
    const of = works[position]?.of;
    return result.status === 'rejected' && of
      ? [{ index: firstIndex(changes, of), error: result.reason as unknown }]
      : [];
  });
  const [earliest] = failures.sort((a, b) => a.index - b.index);
  if (!earliest) return;
  const change = changes[earliest.index];
  if (!change || !(earliest.error instanceof Error)) throw earliest.error;
  throw new ChangeNotProjected(change.after, earliest.index, earliest.error);
}

function firstIndex(changes: readonly AccountChange[], of: ProjectionWork['of']): number {
  return 'after' in of ? changes.indexOf(of) : changes.findIndex(({ after }) => after.userId === of.userId);
}
