import { SUBSCRIPTION_TASKS, type SubscriptionTask } from '../world/pending-work.ts';
import type { StoredSubscription } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

/** Schedules a task of a subscription. */
export function scheduleSubscriptionTask(
  world: World,
  subscription: StoredSubscription,
  name: SubscriptionTask,
  at: number,
): void {
  world.main.schedule({ name, id: subscription.id }, at);
}

export function cancelSubscriptionTasks(world: World, subscription: StoredSubscription): void {
  for (const name of SUBSCRIPTION_TASKS) world.main.cancel({ name, id: subscription.id });
}
