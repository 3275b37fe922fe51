import { expireSession } from './checkout.ts';
import type { InvoiceTask } from './invoice-tasks.ts';
import type { StoredInvoice, StoredSubscription } from './stored-objects.ts';
import { SUBSCRIPTION_TASKS } from './subscription-cycle.ts';
import { INVOICE_TASKS } from './subscription-invoice.ts';
import type { SubscriptionTask } from './subscription-tasks.ts';
import type { Task } from './timeline.ts';
import type { World } from './world.ts';

/** Everything that the simulator plans for later. A task is a name and an id, so that it can be saved with the world. */
export type TaskName = SubscriptionTask | InvoiceTask | 'expire-session' | 'deliver';

type TaskTable = Readonly<Record<TaskName, (world: World, id: string) => void>>;

const TASKS: TaskTable = {
  period: onSubscription(SUBSCRIPTION_TASKS.period),
  cancel: onSubscription(SUBSCRIPTION_TASKS.cancel),
  expire: onSubscription(SUBSCRIPTION_TASKS.expire),
  'trial-will-end': onSubscription(SUBSCRIPTION_TASKS['trial-will-end']),
  'resume-collection': onSubscription(SUBSCRIPTION_TASKS['resume-collection']),
  finalize: onInvoice(INVOICE_TASKS.finalize),
  retry: onInvoice(INVOICE_TASKS.retry),
  void: onInvoice(INVOICE_TASKS.void),
  overdue: onInvoice(INVOICE_TASKS.overdue),
  'expire-session': (world, id) => {
    const session = world.checkoutSessions.get(id);
    if (session) expireSession(world, session);
  },
  deliver: (world, id) => world.onDeliveryDue(id),
};

/** Executes a task that is due. Its events name no request. */
export function runTask(world: World, { name, id }: Task<TaskName>): void {
  world.automatically(() => TASKS[name](world, id));
}

function onSubscription(run: (world: World, subscription: StoredSubscription) => void) {
  return (world: World, id: string) => {
    const subscription = world.subscriptions.get(id);
    if (subscription) run(world, subscription);
  };
}

function onInvoice(run: (world: World, invoice: StoredInvoice) => void) {
  return (world: World, id: string) => {
    const invoice = world.invoices.get(id);
    if (invoice) run(world, invoice);
  };
}
