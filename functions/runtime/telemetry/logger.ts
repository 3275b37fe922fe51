import { LogFormatter, Logger, LogItem, LogLevelThreshold } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { ENV } from '../../../shared/contract.ts';
import { env } from '../env.ts';

const LOWEST = LogLevelThreshold[env[ENV.logLevel]];

/** Whether lines of the level INFO are logged. */
export const LOGS_INFO = LOWEST <= LogLevelThreshold.INFO;

/**
 * Leaves out the fields that the log group implies for all its lines: ARN, name and memory of the function,
 * the service. Every byte of a line is paid for at ingestion.
 */
class ShortFormatter extends LogFormatter {
  override formatAttributes(
    { logLevel, message, timestamp, lambdaContext }: UnformattedAttributes,
    additional: LogAttributes,
  ): LogItem {
    const attributes = {
      level: logLevel,
      message,
      timestamp: this.formatTimestamp(timestamp),
      ...(lambdaContext?.coldStart && { cold_start: true }),
      function_request_id: lambdaContext?.awsRequestId,
    };
    return new LogItem({ attributes }).addAttributes(additional);
  }
}

/**
 * A logger at the level of the setting. Powertools prefers the level of Lambda's own filter, which has to
 * admit INFO: embedded metrics carry no other level, and a filtered line publishes none.
 */
class LevelLogger extends Logger {
  protected override processLogItem(...[level, ...item]: Parameters<Logger['processLogItem']>): void {
    if (level >= LOWEST) super.processLogItem(level, ...item);
  }
}

/** One per environment. It redacts nothing: never pass a key, a header or a body. */
export const logger = new LevelLogger({
  logLevel: env[ENV.logLevel],
  logFormatter: new ShortFormatter(),
});
