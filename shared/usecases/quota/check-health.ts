import type { TableProbe } from '../../adapters/dynamodb/table-probe.ts';

export interface CheckHealthDeps {
  readonly tableProbe: Pick<TableProbe, 'ask'>;
}

/** Returns when the table responds. @throws Fault while it does not */
export async function checkHealth({ tableProbe }: CheckHealthDeps): Promise<void> {
  await tableProbe.ask();
}
