import type { StoredInvoice } from './stored-objects.ts';
import type { World } from './world.ts';

const TASKS = ['finalize', 'retry', 'void'] as const;

/** Plans what becomes of an invoice by itself, on the clock its customer lives by. */
export function planInvoiceTask(
  world: World,
  invoice: StoredInvoice,
  task: (typeof TASKS)[number],
  at: number,
  run: () => void,
): void {
  world.timelineOf(invoice).plan(`${invoice.id}/${task}`, at, () => world.automatically(run));
}

export function dropInvoiceTasks(world: World, invoice: StoredInvoice): void {
  for (const task of TASKS) world.timelineOf(invoice).drop(`${invoice.id}/${task}`);
}
