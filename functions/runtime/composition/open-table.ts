import { UnreadableLayout } from '../../../shared/adapters/dynamodb/unreadable-layout.ts';
import { tableLayout } from './core.ts';

/** Init does not wait longer for a slow table; the first request meets it anyway. */
const MAX_WAIT_MS = 500;

/**
 * Reads the layout of the table at init, once an environment. A function does not start on one that it does
 * not read: it would miss items that another release wrote, and accept an operation twice.
 *
 * The read opens the connection, too, and runs the SDK's code for the first time, which costs tens of
 * milliseconds of CPU. Lambda gives init more CPU than a small function has in a request. The wait is the
 * point: a request in flight would be frozen with the environment, and a first call beside it would open a
 * connection of its own. A table that does not answer does not fail the init.
 *
 * @throws UnreadableLayout
 */
export async function openTable(): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, MAX_WAIT_MS);
  const checked = tableLayout()
    .check()
    .catch((error: unknown) => {
      if (error instanceof UnreadableLayout) throw error;
    });
  try {
    await Promise.race([checked, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
