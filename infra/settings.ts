/**
 * Settings of a deployment: in `config/<stage>.json`, or as CDK context with `-c logLevel=DEBUG`. Not
 * CloudFormation parameters: the template then shows the effective values.
 */
import type { Node } from 'constructs';
import { z } from 'zod';
import { AMOUNT_BOUND, KEY_RATE_BOUND, LEAST_RETENTION_DAYS } from '../shared/contract.ts';
import { nearestSetting, unknownSettings } from './setting-names.ts';
import {
  alarmTopic,
  certificate,
  domainName,
  email,
  flag,
  integer,
  listOf,
  origin,
  pageOrigin,
  tableName,
  tableStreamArn,
  tags,
  text,
  timeZone,
  warmThroughput,
} from './setting-schemas.ts';
import { DEFAULT_STAGE } from './stage.ts';

export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How a new version of the quota function takes over its calls. */
export const DEPLOYMENT_STEPS = [
  'canary10Percent5Minutes',
  'canary10Percent15Minutes',
  'canary10Percent30Minutes',
  'linear10PercentEvery1Minute',
  'linear10PercentEvery3Minutes',
  'none',
] as const;
export type DeploymentSteps = (typeof DEPLOYMENT_STEPS)[number];

/** A hundred years: longer is for ever. */
const MOST_RETENTION_DAYS = 36_500;

interface Setting {
  /** Accepts the value as text of the command line and as JSON. */
  readonly schema: z.ZodType;
  /** Completes "expected …" in the error. */
  readonly expected: string;
  /** Applies where the setting is not given. */
  readonly default?: unknown;
}

/** Every setting. A new one needs a row here and one in the table of docs/operate.md. */
export const SETTINGS = {
  /** The deployment among others in one account and region; each has a stack of its own. */
  stage: {
    schema: z
      .string()
      .max(20)
      .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/),
    expected: 'a name of at most 20 lower-case letters, digits and single hyphens',
    default: DEFAULT_STAGE,
  },
  /** Lowest level that functions log. */
  logLevel: { schema: z.enum(LOG_LEVELS), expected: `one of ${LOG_LEVELS.join(', ')}`, default: 'INFO' },
  /** Plan of a user without an account. */
  defaultPlanId: { schema: text, expected: 'the id of a plan', default: 'free' },
  /** Most units that one operation may use, reserve or confirm. */
  maxAmount: {
    schema: integer(1, AMOUNT_BOUND.most),
    expected: `an integer from 1 to ${AMOUNT_BOUND.most}`,
    default: AMOUNT_BOUND.byDefault,
  },
  /**
   * IANA time zone, such as `Europe/Berlin`, in which days of usage and reports begin; the daily report runs
   * at 08:00 there. A change does not affect days that were counted before.
   */
  reportTimeZone: { schema: timeZone, expected: 'an IANA time zone such as Europe/Berlin', default: 'UTC' },
  /** Requests per second that the whole API admits in the long run. */
  throttleRate: { schema: integer(1), expected: 'an integer from 1', default: 2000 },
  /** Requests that may arrive at once above the rate. */
  throttleBurst: { schema: integer(1), expected: 'an integer from 1', default: 1000 },
  /** Requests per second of an API key that was created without a limit; without it, such keys have none. */
  keyRequestsPerSecond: {
    schema: integer(1, KEY_RATE_BOUND.requestsPerSecond),
    expected: `an integer from 1 to ${KEY_RATE_BOUND.requestsPerSecond}`,
  },
  /**
   * ARN of an SNS topic that the operator's alarms notify; without it, the stack creates one. CloudWatch must
   * be allowed to publish to it: not one that is encrypted with `alias/aws/sns`, such as the topic of the
   * service's own notices.
   */
  alarmTopicArn: {
    schema: alarmTopic,
    expected: "the ARN of a topic that CloudWatch may publish to, not that of the service's notices",
  },
  /** Name of a restored table to use in place of the stack's own, as `npm run adopt-table` prints it. */
  tableName: { schema: tableName, expected: 'the name of a table' },
  /** ARN of that table's stream, as `npm run adopt-table` prints it. */
  tableStreamArn: {
    schema: tableStreamArn,
    expected:
      'the ARN of a stream, such as arn:aws:dynamodb:eu-central-1:111122223333:table/NAME/stream/LABEL',
  },
  /** Whether the deployed stack cannot be destroyed. */
  terminationProtection: { schema: flag, expected: 'true or false', default: true },
  /**
   * Days for which entries of the ledger stay in the table; then they are archived in a bucket. Without it,
   * for ever.
   */
  ledgerRetentionDays: {
    schema: integer(LEAST_RETENTION_DAYS.ledger, MOST_RETENTION_DAYS),
    expected: `an integer from ${LEAST_RETENTION_DAYS.ledger} to ${MOST_RETENTION_DAYS}`,
  },
  /** The same for usage by day and period, which users and reports can read for that long. */
  usageRetentionDays: {
    schema: integer(LEAST_RETENTION_DAYS.usage, MOST_RETENTION_DAYS),
    expected: `an integer from ${LEAST_RETENTION_DAYS.usage} to ${MOST_RETENTION_DAYS}`,
  },
  /** Whether a canary calls the API every five minutes, with an alarm on its failures. */
  canary: { schema: flag, expected: 'true or false', default: true },
  /** Address that the operator's alarms are mailed to, once it confirms the subscription. */
  alarmEmail: { schema: email, expected: 'an e-mail address' },
  /** US dollars a month above which the account's costs notify the operator; without it, no budget. */
  monthlyBudgetUsd: { schema: integer(1), expected: 'an integer from 1' },
  /**
   * Origins of the product's own pages, such as `https://app.example.com`: Stripe's pages redirect customers
   * to no other origin. Without any, checkouts are rejected.
   */
  allowedOrigins: {
    schema: listOf(pageOrigin),
    expected: 'origins such as https://app.example.com',
    default: [],
  },
  /** Origins whose pages may call the API from a browser. Without any, browsers keep answers from pages. */
  corsOrigins: {
    schema: listOf(origin),
    expected: 'origins such as https://app.example.com, without a pattern',
    default: [],
  },
  /** Host name of the API, beside that of API Gateway; needs `certificateArn`. */
  domainName: { schema: domainName, expected: 'a host name such as quota.example.com' },
  /** ARN of a certificate for `domainName`, in Certificate Manager of the region of the stack. */
  certificateArn: { schema: certificate, expected: "the ARN of a certificate in the stack's region" },
  /** Whether the API answers at the host name of API Gateway, too; to end that, it needs `domainName`. */
  defaultEndpoint: { schema: flag, expected: 'true or false', default: true },
  /**
   * Seconds for which API Gateway keeps the authorizer's answer to a key: a revoked key works for that long.
   * 0 asks the authorizer for each call.
   */
  authorizerCacheSeconds: { schema: integer(0, 3600), expected: 'an integer from 0 to 3600', default: 60 },
  /**
   * Steps in which a new version of the quota function takes over its calls, while alarms roll it back;
   * `none` moves all calls at once.
   */
  gradualDeployment: {
    schema: z.enum(DEPLOYMENT_STEPS),
    expected: `one of ${DEPLOYMENT_STEPS.join(', ')}`,
    default: 'canary10Percent5Minutes',
  },
  /**
   * Read and write units per second that the table and each index take at once; more than a new table's
   * 12,000 and 4,000 costs once.
   */
  warmThroughput: {
    schema: warmThroughput,
    expected: 'units per second such as read=24000,write=20000, at least read=12000,write=4000',
  },
  /** Tags of all resources, besides `service` and `stage`; for the allocation of costs, for example. */
  tags: {
    schema: tags,
    expected: 'tags such as team=growth,costCentre=42, none of them service, stage or aws:…',
    default: {},
  },
} as const satisfies Record<string, Setting>;

type Rows = typeof SETTINGS;
export type SettingName = keyof Rows;
type NameWithDefault = {
  [N in SettingName]: Rows[N] extends { default: unknown } ? N : never;
}[SettingName];

export type Settings = { readonly [N in SettingName]?: z.output<Rows[N]['schema']> };

const ROWS: readonly [string, Setting][] = Object.entries(SETTINGS);
// Object.keys widens the names.
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

// Object.fromEntries loses the names. Each default passes its schema: test/infra/settings.test.ts.
export const DEFAULT_SETTINGS = Object.fromEntries(
  ROWS.filter(([, row]) => 'default' in row).map(([name, row]) => [name, row.default]),
) as Required<Pick<Settings, NameWithDefault>>;

/** Settings with the place they are from, which errors name. */
export interface SettingsSource {
  readonly name: string;
  readonly settings: Settings;
}

/**
 * Reads the settings of one place, each on its own: as text of the command line or as JSON. Throws on an
 * invalid value, and on a name that is none of a setting.
 */
export function readSource(name: string, values: Readonly<Record<string, unknown>>): SettingsSource {
  const [unknown] = unknownSettings(Object.keys(values), SETTING_NAMES);
  if (unknown !== undefined)
    throw new Error(
      `${name} ${unknown}: no setting has this name; did you mean ${nearestSetting(unknown, SETTING_NAMES)}?`,
    );
  const given = ROWS.filter(([setting]) => values[setting] !== undefined);
  const read = given.map(([setting, row]) => [
    setting,
    readValue(row, values[setting], `${name} ${setting}`),
  ]);
  return { name, settings: Object.fromEntries(read) };
}

/** Reads the settings in CDK context: those of cdk.json and of `-c`. */
export function readContext(node: Node): SettingsSource {
  return readSource('context', node.getAllContext());
}

export interface CombinedSettings {
  readonly settings: Settings;
  /** Names the place that a setting is from; undefined for a default. */
  sourceOf(name: SettingName): string | undefined;
}

/**
 * Combines the settings of several places; the last place that has a setting takes precedence. Throws where
 * settings contradict each other.
 */
export function combineSettings(sources: readonly SettingsSource[]): CombinedSettings {
  const settings: Settings = Object.assign({}, ...sources.map((source) => source.settings));
  const sourceOf = (name: SettingName) =>
    sources.findLast((source) => source.settings[name] !== undefined)?.name;
  for (const [name, fault] of contradictions(settings))
    throw new Error(`${sourceOf(name)} ${name}: ${fault}`);
  return { settings, sourceOf };
}

function readValue({ schema, expected }: Setting, value: unknown, place: string): unknown {
  const { success, data } = schema.safeParse(value);
  if (success) return data;
  throw new Error(`${place}: expected ${expected}, got ${JSON.stringify(value)}`);
}

/** The faults of settings that are valid each on its own, by the setting that is at fault. */
function contradictions(settings: Settings): [SettingName, string][] {
  const { alarmTopicArn, alarmEmail, domainName, certificateArn, defaultEndpoint } = settings;
  const { tableName: table, tableStreamArn: stream } = settings;
  const faults: [boolean, SettingName, string][] = [
    [
      alarmTopicArn !== undefined && alarmEmail !== undefined,
      'alarmEmail',
      'a topic of your own has its own subscriptions; omit alarmTopicArn',
    ],
    [domainName !== undefined && certificateArn === undefined, 'domainName', 'certificateArn is missing'],
    [certificateArn !== undefined && domainName === undefined, 'certificateArn', 'domainName is missing'],
    [
      defaultEndpoint === false && domainName === undefined,
      'defaultEndpoint',
      'the API would have no address; set domainName',
    ],
    [
      table !== stream?.split('/')[1],
      table === undefined ? 'tableStreamArn' : 'tableName',
      'tableName and tableStreamArn must name one table; npm run adopt-table prints both',
    ],
    [
      table !== undefined && settings.warmThroughput !== undefined,
      'warmThroughput',
      'a restored table is none of the stack; set it with aws dynamodb update-table --warm-throughput',
    ],
  ];
  return faults.flatMap(([isPresent, name, fault]) => (isPresent ? [[name, fault]] : []));
}
