import { ASSUMED, PRICES } from './prices.ts';
import type { Call, Units } from './runs.ts';

/** Dollars per million calls, by what is billed. */
export interface Bill {
  readonly gateway: number;
  readonly functions: number;
  readonly table: number;
  readonly logs: number;
  readonly total: number;
  /** A month of storage, for each month that the ledger and the usage are kept, with backups. */
  readonly storedMonth: number;
}

const MILLION = 1e6;
const GB = 1e9;

/** Runs of the canary a month. */
export const CANARY_RUNS = (30 * 24 * 60) / 5;

/** Prices a run of the canary: its calls, its own function, and the look-up of its key. */
export function canaryRunPrice(call: Call, units: Units, logBytes: number): number {
  const { lambda, secretsManager, scheduler } = PRICES;
  // Runs are minutes apart, so API Gateway has forgotten the authorizer's answer.
  const ms = ASSUMED.canaryMs + ASSUMED.requestMs;
  const own =
    2 * lambda.perMillionRequests +
    (ms / 1_000) * ASSUMED.memoryGb * lambda.perGbSecond * MILLION +
    secretsManager.perMillionReads +
    scheduler.perMillionStarts;
  return (billOf(call, units, logBytes).total + own) / MILLION;
}

/** Prices a million calls. `logBytes`: of the function's line of one request. */
export function billOf(call: Call, units: Units, logBytes: number): Bill {
  const { apiGateway, lambda, dynamoDb, cloudWatch } = PRICES;
  const requests = call.steps.length;
  const invocations = requests + units.entries / ASSUMED.changesPerBatch;
  const ms = requests * ASSUMED.requestMs + units.entries * ASSUMED.projectorMsPerChange;
  const lines = requests * 2 + units.entries / ASSUMED.changesPerBatch;
  const bytes =
    requests * (logBytes + ASSUMED.accessLogBytes) +
    (units.entries / ASSUMED.changesPerBatch) * ASSUMED.projectorLineBytes +
    lines * ASSUMED.logEventOverheadBytes;
  const gateway = requests * apiGateway.perMillionRequests;
  const functions =
    invocations * lambda.perMillionRequests + (ms / 1_000) * ASSUMED.memoryGb * lambda.perGbSecond * MILLION;
  const table =
    (units.writes + units.projectorWrites) * dynamoDb.perMillionWriteUnits +
    (units.reads + units.projectorReads) * dynamoDb.perMillionReadUnits;
  const logs = ((bytes * MILLION) / GB) * cloudWatch.perGbIngested;
  const storedMonth =
    ((units.storedBytes * MILLION) / GB) * (dynamoDb.perGbMonth + dynamoDb.backupPerGbMonth);
  return { gateway, functions, table, logs, total: gateway + functions + table + logs, storedMonth };
}
