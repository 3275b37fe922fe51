import { archiveHistory } from '../../shared/usecases/archive/archive-history.ts';
import { archiveDeps } from '../runtime/composition/archive.ts';
import { jobHandler } from './job-handler.ts';

/** Archives ledger entries and usage that are older than the retention, and lets the table delete them. */
export const handler = jobHandler('history-archive', (_, context) => archiveHistory(archiveDeps(), context));
