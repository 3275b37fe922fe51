/**
 * What an operator may choose at deployment, as CDK context: `npx cdk deploy -c logLevel=DEBUG`.
 * Context, not CloudFormation parameters: the template then says what runs, without a lookup.
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
   * Plan of a user whom nobody has seen before.
   * @default 'free'
   */
  readonly defaultPlanId?: string;
  /**
   * Units that one operation may use, reserve or confirm at most.
   * @default 10^12
   */
  readonly maxAmount?: number;
  /**
   * IANA time zone, such as `Europe/Berlin`, in which days of usage and reports begin; the daily report is made at 08:00 there.
   * Days that were counted before a change stay as they are.
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
   * ARN of an SNS topic that hears of every alarm.
   * @default - alarms change state and tell nobody
   */
  readonly alarmTopicArn?: string;
  /**
   * Origins of the product's own pages, such as `https://app.example.com`: customers are sent back there from Stripe's
   * pages, and nowhere else. As context: comma separated.
   * @default - none, so no checkout can be made
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

/** Reads the settings from CDK context; throws on a value that would deploy something else than meant. */
export function settingsFromContext(node: Node): Settings {
  const logLevel = text(node, 'logLevel');
  const defaultPlanId = text(node, 'defaultPlanId');
  const maxAmount = positiveInteger(node, 'maxAmount', AMOUNT_BOUND.most);
  const reportTimeZone = text(node, 'reportTimeZone');
  const throttleRate = positiveInteger(node, 'throttleRate');
  const throttleBurst = positiveInteger(node, 'throttleBurst');
  const alarmTopicArn = text(node, 'alarmTopicArn');
  const allowedOrigins = text(node, 'allowedOrigins');
  return {
    ...(logLevel !== undefined && { logLevel: asLogLevel(logLevel) }),
    ...(defaultPlanId !== undefined && { defaultPlanId }),
    ...(maxAmount !== undefined && { maxAmount }),
    ...(reportTimeZone !== undefined && { reportTimeZone: asTimeZone(reportTimeZone) }),
    ...(throttleRate !== undefined && { throttleRate }),
    ...(throttleBurst !== undefined && { throttleBurst }),
    ...(alarmTopicArn !== undefined && { alarmTopicArn }),
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

/** By name: `Intl` knows offsets such as `+01:00` too, EventBridge Scheduler does not. */
function asTimeZone(value: string): string {
  try {
    if (/^[A-Z]/i.test(value))
      return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
  } catch {
    // Told below.
  }
  throw new Error(
    `context reportTimeZone: expected an IANA time zone such as Europe/Berlin, got ${JSON.stringify(value)}`,
  );
}

const ANY_LOCAL_PORT = /^https?:\/\/(localhost|127\.0\.0\.1):\*$/;

/**
 * Unencrypted, or with `*` for any port, only on the developer's own machine: these pages are where a customer comes back to after
 * paying.
 */
function asOrigin(value: string): string {
  const text = value.trim();
  if (ANY_LOCAL_PORT.test(text)) return text;
  // A URL may have a `*` in its name, and would match nothing: it must not pass for a pattern.
  const url = URL.canParse(text) && !text.includes('*') ? new URL(text) : undefined;
  const isLocal = url?.hostname === 'localhost' || url?.hostname === '127.0.0.1';
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) && url.origin === text)
    return text;
  throw new Error(
    `context allowedOrigins: expected origins such as https://app.example.com, got ${JSON.stringify(text)}`,
  );
}
