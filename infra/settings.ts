/**
 * Settings of a deployment, as CDK context: `npx cdk deploy -c logLevel=DEBUG`.
 * Context, not CloudFormation parameters: the template then shows the effective values.
 */
import type { Node } from 'constructs';
import { AMOUNT_BOUND } from '../shared/contract.ts';

export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Settings {
  /**
   * Lowest level that functions log.
   * @default 'INFO'
   */
  readonly logLevel?: LogLevel;
  /**
   * Plan of a user without an account.
   * @default 'free'
   */
  readonly defaultPlanId?: string;
  /**
   * Most units that one operation may use, reserve or confirm.
   * @default 10^12
   */
  readonly maxAmount?: number;
  /**
   * IANA time zone, such as `Europe/Berlin`, in which days of usage and reports begin; the daily report runs
   * at 08:00 there. A change does not affect days that were counted before.
   * @default 'UTC'
   */
  readonly reportTimeZone?: string;
  /**
   * Requests per second that the whole API admits in the long run.
   * @default 2000
   */
  readonly throttleRate?: number;
  /**
   * Requests that may arrive at once above the rate.
   * @default 1000
   */
  readonly throttleBurst?: number;
  /**
   * ARN of an SNS topic that the operator's alarms notify. CloudWatch must be allowed to publish to it: not
   * one that is encrypted with `alias/aws/sns`, such as the topic of the service's own notices.
   * @default - a topic of the stack
   */
  readonly alarmTopicArn?: string;
  /**
   * Address that the operator's alarms are mailed to, once it confirms the subscription.
   * @default - none
   */
  readonly alarmEmail?: string;
  /**
   * US dollars a month above which the account's costs notify the operator.
   * @default - none: no budget
   */
  readonly monthlyBudgetUsd?: number;
  /**
   * Origins of the product's own pages, such as `https://app.example.com`: Stripe's pages redirect customers
   * to no other origin. As context: comma separated.
   * @default - none, so checkouts are rejected
   */
  readonly allowedOrigins?: readonly string[];
}

export const DEFAULT_SETTINGS = {
  logLevel: 'INFO',
  defaultPlanId: 'free',
  maxAmount: AMOUNT_BOUND.byDefault,
  reportTimeZone: 'UTC',
  throttleRate: 2000,
  throttleBurst: 1000,
  allowedOrigins: [],
} as const satisfies Settings;

/** Reads the settings from CDK context; throws on an invalid value before anything is deployed. */
export function settingsFromContext(node: Node): Settings {
  const logLevel = text(node, 'logLevel');
  const defaultPlanId = text(node, 'defaultPlanId');
  const maxAmount = positiveInteger(node, 'maxAmount', AMOUNT_BOUND.most);
  const reportTimeZone = text(node, 'reportTimeZone');
  const throttleRate = positiveInteger(node, 'throttleRate');
  const throttleBurst = positiveInteger(node, 'throttleBurst');
  const alarmTopicArn = text(node, 'alarmTopicArn');
  const alarmEmail = text(node, 'alarmEmail');
  if (alarmTopicArn !== undefined && alarmEmail !== undefined)
    throw new Error('context alarmEmail: a topic of your own has its own subscriptions; omit alarmTopicArn');
  const monthlyBudgetUsd = positiveInteger(node, 'monthlyBudgetUsd');
  const allowedOrigins = text(node, 'allowedOrigins');
  return {
    ...(logLevel !== undefined && { logLevel: asLogLevel(logLevel) }),
    ...(defaultPlanId !== undefined && { defaultPlanId }),
    ...(maxAmount !== undefined && { maxAmount }),
    ...(reportTimeZone !== undefined && { reportTimeZone: asTimeZone(reportTimeZone) }),
    ...(throttleRate !== undefined && { throttleRate }),
    ...(throttleBurst !== undefined && { throttleBurst }),
    ...(alarmTopicArn !== undefined && { alarmTopicArn: asAlarmTopic(alarmTopicArn) }),
    ...(alarmEmail !== undefined && { alarmEmail: asEmail(alarmEmail) }),
    ...(monthlyBudgetUsd !== undefined && { monthlyBudgetUsd }),
    ...(allowedOrigins !== undefined && { allowedOrigins: allowedOrigins.split(',').map(asOrigin) }),
  };
}

function text(node: Node, name: keyof Settings): string | undefined {
  const value: unknown = node.tryGetContext(name);
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new Error(`context ${name}: expected text, got ${JSON.stringify(value)}`);
}

/** The command line passes text, cdk.json may hold a number. */
function positiveInteger(
  node: Node,
  name: keyof Settings,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value: unknown = node.tryGetContext(name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0 && number <= most) return number;
  throw new Error(`context ${name}: expected an integer from 1 to ${most}, got ${JSON.stringify(value)}`);
}

function asLogLevel(value: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === value);
  if (level) return level;
  throw new Error(`context logLevel: expected one of ${LOG_LEVELS.join(', ')}, got ${value}`);
}

/** By name: `Intl` also accepts offsets such as `+01:00`, EventBridge Scheduler does not. */
function asTimeZone(value: string): string {
  try {
    if (/^[A-Z]/i.test(value))
      return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
  } catch {
    // Rejected below.
  }
  throw new Error(
    `context reportTimeZone: expected an IANA time zone such as Europe/Berlin, got ${JSON.stringify(value)}`,
  );
}

/**
 * Rejects the topic of the service's notices: its key keeps CloudWatch from publishing, and no error shows
 * it.
 */
function asAlarmTopic(value: string): string {
  if (/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/.test(value) && !/-AlertsTopic[0-9A-F]{8}-\w+$/.test(value))
    return value;
  throw new Error(
    `context alarmTopicArn: expected the ARN of a topic that CloudWatch may publish to, not that of the service's notices, got ${JSON.stringify(value)}`,
  );
}

function asEmail(value: string): string {
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return value;
  throw new Error(`context alarmEmail: expected an e-mail address, got ${JSON.stringify(value)}`);
}

const ANY_LOCAL_PORT = /^https?:\/\/(localhost|127\.0\.0\.1):\*$/;

/**
 * Accepts unencrypted origins, and `*` for any port, only on the developer's own machine: customers return to
 * these pages after paying.
 */
function asOrigin(value: string): string {
  const text = value.trim();
  if (ANY_LOCAL_PORT.test(text)) return text;
  // A host name may contain `*`, which would match nothing: reject it rather than let it look like a pattern.
  const url = URL.canParse(text) && !text.includes('*') ? new URL(text) : undefined;
  const isLocal = url?.hostname === 'localhost' || url?.hostname === '127.0.0.1';
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) && url.origin === text)
    return text;
  throw new Error(
    `context allowedOrigins: expected origins such as https://app.example.com, got ${JSON.stringify(text)}`,
  );
}
