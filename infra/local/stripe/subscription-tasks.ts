import type { StoredSubscription } from './stored-objects.ts';
import type { World } from './world.ts';

const TASKS = ['period', 'cancel', 'expire', 'trial-will-end', 'resume-collection'] as const;

/** Plans what becomes of a subscription by itself, on the clock its customer lives by. */
export function planSubscriptionTask(
  world: World,
  subscription: StoredSubscription,
  task: (typeof TASKS)[number],
  at: number,
  run: () => void,
): void {
  world.timelineOf(subscription).plan(`${subscription.id}/${task}`, at, () => world.automatically(run));
}

export function dropSubscriptionTasks(world: World, subscription: StoredSubscription): void {
  for (const task of TASKS) world.timelineOf(subscription).drop(`${subscription.id}/${task}`);
}
