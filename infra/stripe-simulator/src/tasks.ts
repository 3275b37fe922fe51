import { SUBSCRIPTION_TASK_HANDLERS } from './billing/subscription-cycle.ts';
import { INVOICE_TASK_HANDLERS } from './billing/subscription-invoice.ts';
import { expireSession } from './pages/checkout.ts';
import type { Task } from './time/timeline.ts';
import type { TaskName } from './world/pending-work.ts';
import type { StoredInvoice, StoredSubscription } from './world/stored-objects.ts';
import type { World } from './world/world.ts';

type TaskTable = Readonly<Record<TaskName, (world: World, id: string) => void>>;

const TASKS: TaskTable = {
  period: onSubscription(SUBSCRIPTION_TASK_HANDLERS.period),
  cancel: onSubscription(SUBSCRIPTION_TASK_HANDLERS.cancel),
  expire: onSubscription(SUBSCRIPTION_TASK_HANDLERS.expire),
  'trial-will-end': onSubscription(SUBSCRIPTION_TASK_HANDLERS['trial-will-end']),
  'resume-collection': onSubscription(SUBSCRIPTION_TASK_HANDLERS['resume-collection']),
  finalize: onInvoice(INVOICE_TASK_HANDLERS.finalize),
  retry: onInvoice(INVOICE_TASK_HANDLERS.retry),
  void: onInvoice(INVOICE_TASK_HANDLERS.void),
  overdue: onInvoice(INVOICE_TASK_HANDLERS.overdue),
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
