import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import type { AuditLedgerDeps } from '../../../shared/usecases/ledger/audit-ledger.ts';
import { fillLedger } from '../../../shared/usecases/ledger/fill-ledger.ts';
import type { RetryDeps } from '../../../shared/usecases/retry/retry.ts';

/**
 * Dependencies of an audit that completes the ledger of a restored table from the former one.
 *
 * @param restoredAt ISO 8601. @default the moment that DynamoDB knows
 * @throws Error if it is no time, or DynamoDB knows none
 */
export async function fillFrom(
  deps: RetryDeps,
  table: Table,
  formerName: string,
  restoredAt: string | undefined,
): Promise<Required<Pick<AuditLedgerDeps, 'restoredAt' | 'fillGaps'>>> {
  const at = restoredAt === undefined ? await restoreTime(table) : Date.parse(restoredAt);
  if (at === undefined || Number.isNaN(at))
    throw new Error(
      `--restored-at: expected the moment that ${table.name} was restored to, as in 2026-11-28T07:00:00Z`,
    );
  const former = new LedgerStore({ ...table, name: formerName });
  const filling = { ...deps, ledger: new LedgerStore(table), former, restoredAt: at };
  return { restoredAt: at, fillGaps: (account, missing) => fillLedger(filling, account, missing) };
}

/** Epoch ms; `undefined` for a table that was not restored, or whose endpoint does not know. */
async function restoreTime({ client, name: TableName }: Table): Promise<number | undefined> {
  const { Table: description } = await client.send(new DescribeTableCommand({ TableName }));
  return description?.RestoreSummary?.RestoreDateTime?.getTime();
}
