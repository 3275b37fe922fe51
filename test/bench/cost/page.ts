import { CACHE_KINDS, INDEX, METRIC_SHAPES, STANDARD_JOBS } from '../../../shared/contract.ts';
import type { ArchiveUnits } from './archive.ts';
import { type Bill, CANARY_RUNS } from './bill.ts';
import { ASSUMED, PRICES, QUOTAS } from './prices.ts';
import type { Call, Units } from './runs.ts';

export interface Costs {
  readonly units: ReadonlyMap<Call, Units>;
  readonly bills: ReadonlyMap<Call, Bill>;
  /** Of the function's line of one request. */
  readonly logBytes: ReadonlyMap<Call, number>;
  /** Of a run of the canary, in dollars. */
  readonly canaryRun: number;
  /** Of the template, by type. */
  readonly resources: ReadonlyMap<string, number>;
  readonly archive: Readonly<Record<'ledger' | 'usage', ArchiveUnits>>;
}

const USERS = 10_000_000;
const CALLS_PER_USER_A_DAY = 100;
const SECONDS_A_DAY = 86_400;

/** The page docs/cost.md. */
export function costPage(costs: Costs): string {
  return `# Cost

Written by \`npm run cost\`: units of the table are counted on DynamoDB Local, bytes of logs are of captured lines, resources are those of the
template. Prices: AWS' list of ${PRICES.asOf}, ${PRICES.region}, on demand, first tier, without a free tier; the table is \`test/bench/cost/prices.ts\`.

## Per million calls, in US dollars

${perMillion(costs)}

*Stored* is what a month of the ledger and the usage of a million calls costs, with point-in-time recovery; it adds up for every month they are kept.

Counted, of one call on average:

${counted(costs)}

Assumed, since no local run can measure it: ${ASSUMED.requestMs} ms of billed time a request and ${ASSUMED.projectorMsPerChange} ms of the projector a
change, at ${ASSUMED.memoryGb} GB; ${ASSUMED.changesPerBatch} changes in a batch of the stream; ${ASSUMED.accessLogBytes} bytes of access log a request. Not included:
data transfer, tax, the authorizer (API Gateway caches its answer for a minute), Redis, Stripe.

## A month without any call, in US dollars

${standing(costs)}

Metrics are billed only for hours in which they are published; the count is for ${ASSUMED.features} features and ${ASSUMED.outcomes} outcomes. Not included: runs of
the jobs, and storage.

${canaryCost(costs.canaryRun)}

## Retention

With \`ledgerRetentionDays\` or \`usageRetentionDays\`, per million items in US dollars:

${retention(costs.archive)}

Counted on DynamoDB Local: ${costs.archive.ledger.writes.toFixed(2)} write units an entry and ${costs.archive.usage.writes.toFixed(2)} an item of usage (its mark, and a part of its account's checkpoint);
the deletion by TTL itself costs nothing. Assumed: ${ASSUMED.linesPerObject.toLocaleString('en')} lines an object. Without the settings there is no such cost.

## Ten million users, 100 calls a day each

${scale(costs)}
`;
}

function perMillion({ bills }: Costs): string {
  const rows = [...bills].map(([{ name }, { gateway, functions, table, logs, total, storedMonth }]) => [
    name,
    ...[gateway, functions, table, logs, total, storedMonth].map(dollars),
  ]);
  return tableOf(['call', 'API Gateway', 'Lambda', 'DynamoDB', 'logs', 'total', 'stored'], rows);
}

function counted({ units, logBytes }: Costs): string {
  const rows = [...units].map(([call, of]) => [
    call.name,
    String(call.steps.length),
    ...[of.writes, of.reads, of.projectorWrites, of.projectorReads].map((value) => value.toFixed(2)),
    String(logBytes.get(call)),
    of.storedBytes.toFixed(0),
  ]);
  return tableOf(
    [
      'call',
      'requests',
      'write units',
      'read units',
      "projector's writes",
      "projector's reads",
      'bytes of its log line',
      'bytes stored',
    ],
    rows,
  );
}

function retention({ ledger, usage }: Costs['archive']): string {
  const { dynamoDb, s3 } = PRICES;
  const gbOfMillion = (bytes: number) => (bytes * 1e6) / 1e9;
  const walksAMonth = 30 / 7;
  const rows: [string, (of: ArchiveUnits) => number][] = [
    ['archived once: write units', ({ writes }) => writes * dynamoDb.perMillionWriteUnits],
    ['archived once: read units', ({ reads }) => reads * dynamoDb.perMillionReadUnits],
    ['archived once: objects', () => s3.perMillionPuts / ASSUMED.linesPerObject],
    [
      'kept, a month: weekly walks',
      ({ walkReads }) => walkReads * walksAMonth * dynamoDb.perMillionReadUnits,
    ],
    ['archived, a month: storage', ({ bytes }) => gbOfMillion(bytes) * s3.perGbMonth],
  ];
  return tableOf(
    ['', 'ledger entries', 'days of usage'],
    rows.map(([name, of]) => [name, of(ledger).toFixed(3), of(usage).toFixed(3)]),
  );
}

function standing({ resources, canaryRun }: Costs): string {
  const { cloudWatch, secretsManager } = PRICES;
  const of = (...types: readonly string[]) =>
    types.reduce((sum, type) => sum + (resources.get(type) ?? 0), 0);
  const parts: [string, number, number][] = [
    ['alarms', of('AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'), cloudWatch.perAlarmMonth],
    ['metrics of the service, at most', metricCount(), cloudWatch.perMetricMonth],
    ['dashboards', of('AWS::CloudWatch::Dashboard'), cloudWatch.perDashboardMonth],
    ['rules of Contributor Insights', contributorRules(), cloudWatch.perContributorRuleMonth],
    ['secrets', of('AWS::SecretsManager::Secret'), secretsManager.perSecretMonth],
    ['runs of the canary', CANARY_RUNS, canaryRun],
  ];
  const total = parts.reduce((sum, [, count, price]) => sum + count * price, 0);
  const rows = parts.map(([name, count, price]) => [
    name,
    count.toLocaleString('en'),
    String(Number(price.toPrecision(2))),
    dollars(count * price),
  ]);
  return tableOf(['', 'number', 'each', 'a month'], [...rows, ['total', '', '', dollars(total)]]);
}

/** Throttled partition keys, and whole keys: of the table and of each index. */
function contributorRules(): number {
  return 2 * (1 + Object.keys(INDEX).length);
}

/** The canary's part of the table above. */
function canaryCost(run: number): string {
  const { perAlarmMonth, perMetricMonth } = PRICES.cloudWatch;
  const parts = CANARY_RUNS * run + PRICES.secretsManager.perSecretMonth + perAlarmMonth + 2 * perMetricMonth;
  return `The canary costs $${dollars(parts)} of it: its runs, a secret, an alarm and two metrics; \`canary=false\` saves that. A run is a check and a
consume of a user whose limit it cannot reach, every five minutes.`;
}

/** Metrics by every value of their dimensions; each set of dimensions is a metric of its own. */
function metricCount(): number {
  const values: Readonly<Record<string, number>> = {
    feature: ASSUMED.features,
    outcome: ASSUMED.outcomes,
    cache: CACHE_KINDS.length,
    job: STANDARD_JOBS.length,
  };
  return METRIC_SHAPES.reduce((sum, { names, dimensions }) => {
    const series = dimensions.map((set) => set.reduce((all, name) => all * (values[name] ?? 1), 1));
    return sum + names.length * series.reduce((all, count) => all + count, 0);
  }, 0);
}

function scale({ units, bills }: Costs): string {
  const [call] = [...units.keys()];
  const [of, bill] = [call && units.get(call), call && bills.get(call)];
  if (!of || !bill) throw new Error('nothing was measured');
  const mean = (USERS * CALLS_PER_USER_A_DAY) / SECONDS_A_DAY;
  const peak = mean * ASSUMED.peakFactor;
  const inFlight = (peak * ASSUMED.requestMs) / 1_000;
  const limits: [string, number, number][] = [
    ["the stage's throttle (setting `throttleRate`), requests a second", peak, QUOTAS.stageRequestsPerSecond],
    ['concurrent executions of a new account', inFlight, QUOTAS.newAccountConcurrency],
    ['concurrent executions, usual quota', inFlight, QUOTAS.lambdaConcurrency],
    ["API Gateway's requests a second of an account", peak, QUOTAS.apiGatewayRequestsPerSecond],
    [
      "the table's write units a second",
      peak * (of.writes + of.projectorWrites),
      QUOTAS.tableWriteUnitsPerSecond,
    ],
  ];
  const sorted = limits.toSorted((a, b) => b[1] / b[2] - a[1] / a[2]);
  const rows = sorted.map(([name, need, limit]) => [
    name,
    round(need),
    round(limit),
    (need / limit).toFixed(1),
  ]);
  const month = (USERS * CALLS_PER_USER_A_DAY * 30 * bill.total) / 1e6;
  return `${round(mean)} accepted calls a second on average, ${round(peak)} at a peak of ${ASSUMED.peakFactor} times that; about $${round(month)} a month at list prices, ids minted by the
service. The first row is the limit that is met first. All are settings, or quotas that AWS raises on request.

${tableOf(['limit', 'needed', 'default', 'needed over default'], rows)}`;
}

const dollars = (value: number) => value.toFixed(2);
const round = (value: number) => Math.round(value).toLocaleString('en');

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
