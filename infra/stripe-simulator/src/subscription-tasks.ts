import type { StoredSubscription } from './stored-objects.ts';
import type { World } from './world.ts';

const TASKS = ['period', 'cancel', 'expire', 'trial-will-end', 'resume-collection'] as const;

export type SubscriptionTask = (typeof TASKS)[number];

/** Plans what becomes of a subscription by itself, on the clock its customer lives by. */
export function planSubscriptionTask(
  world: World,
  subscription: StoredSubscription,
  name: SubscriptionTask,
  at: number,
): void {
  world.timelineOf(subscription).plan({ name, id: subscription.id }, at);
}

export function dropSubscriptionTasks(world: World, subscription: StoredSubscription): void {
  for (const name of TASKS) world.timelineOf(subscription).drop({ name, id: subscription.id });
}
