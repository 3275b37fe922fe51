import type { StoredInvoice } from './stored-objects.ts';
import type { World } from './world.ts';

const TASKS = ['finalize', 'retry', 'void', 'overdue'] as const;

export type InvoiceTask = (typeof TASKS)[number];

/** Plans what becomes of an invoice by itself, on the clock its customer lives by. */
export function planInvoiceTask(world: World, invoice: StoredInvoice, name: InvoiceTask, at: number): void {
  world.timelineOf(invoice).plan({ name, id: invoice.id }, at);
}

export function dropInvoiceTasks(world: World, invoice: StoredInvoice): void {
  for (const name of TASKS) world.timelineOf(invoice).drop({ name, id: invoice.id });
}
