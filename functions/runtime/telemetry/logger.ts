import { Logger } from '@aws-lambda-powertools/logger';
import { ENV } from '../../../shared/contract.ts';
import { env } from '../env.ts';

/** One per environment. It redacts nothing: never pass a key, a header or a body. */
export const logger = new Logger({ serviceName: env[ENV.serviceName], logLevel: env[ENV.logLevel] });
