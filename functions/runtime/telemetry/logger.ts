import { Logger, LogLevelThreshold } from '@aws-lambda-powertools/logger';
import { ENV } from '../../../shared/contract.ts';
import { env } from '../env.ts';

const LOWEST = LogLevelThreshold[env[ENV.logLevel]];

/**
 * A logger at the level of the setting. Powertools prefers the level of Lambda's own filter, which has to admit INFO: embedded metrics
 * carry no other level, and a filtered line publishes none.
 */
class LevelLogger extends Logger {
  protected override processLogItem(...[level, ...item]: Parameters<Logger['processLogItem']>): void {
    if (level >= LOWEST) super.processLogItem(level, ...item);
  }
}

/** One per environment. It redacts nothing: never pass a key, a header or a body. */
export const logger = new LevelLogger({ serviceName: env[ENV.serviceName], logLevel: env[ENV.logLevel] });
