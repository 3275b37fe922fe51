/**
 * Compiles one report in its own process and prints its cost as JSON. The peak is the operating system's, of
 * the whole process.
 *
 * Usage: node report-process.ts <table> <from> <to>, with AWS_ENDPOINT_URL_DYNAMODB
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { translation } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { PlanStore } from '../../shared/adapters/dynamodb/plan-store.ts';
import { TopIndex } from '../../shared/adapters/dynamodb/top-index.ts';
import { compileReport } from '../../shared/usecases/reports/compile-report.ts';
import { meterRequests } from '../support/request-meter.ts';

/** The cost of one report. */
export interface ReportCost {
  readonly activeUsers: number;
  readonly used: number;
  readonly queries: number;
  readonly readUnits: number;
  readonly peakMb: number;
  readonly seconds: number;
}

const [name = '', from = '', to = ''] = process.argv.slice(2);
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 5 }), translation());
let [queries, readUnits] = [0, 0];
const meter = meterRequests(client);
const metering = setInterval(count, 50);
const startedMs = performance.now();
const table = { client, name };
const deps = {
  topIndex: new TopIndex(table),
  plans: new PlanStore(table, Date.now),
  figures: { exceeded: async () => new Map() },
  onMissing: () => {},
  now: Date.now,
};
const outcome = await compileReport(deps, { from, to });
const seconds = (performance.now() - startedMs) / 1_000;
clearInterval(metering);
count();
if (outcome.code !== 'compiled') throw new Error(outcome.code);
const { activeUsers, features } = outcome.report;
const cost: ReportCost = {
  activeUsers: activeUsers.value,
  used: features.reduce((sum, { used }) => sum + used.value + used.before, 0),
  queries,
  readUnits,
  // KiB on Linux.
  peakMb: process.resourceUsage().maxRSS / 1_024,
  seconds,
};
console.log(JSON.stringify(cost));
client.destroy();

/** Often, so that the notes themselves take no memory. */
function count(): void {
  const taken = meter.take();
  queries += taken.length;
  readUnits += taken.reduce((sum, { units = 0 }) => sum + units, 0);
}
