import { INVOICE_TASKS, type InvoiceTask } from '../world/pending-work.ts';
import type { StoredInvoice } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

/** Schedules a task of an invoice. */
export function scheduleInvoiceTask(
  world: World,
  invoice: StoredInvoice,
  name: InvoiceTask,
  at: number,
): void {
  world.main.schedule({ name, id: invoice.id }, at);
}

export function cancelInvoiceTasks(world: World, invoice: StoredInvoice): void {
  for (const name of INVOICE_TASKS) world.main.cancel({ name, id: invoice.id });
}
