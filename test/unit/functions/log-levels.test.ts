import { afterEach, expect, test, vi } from 'vitest';
import { LOG_LEVELS, type LogLevel } from '../../../infra/settings.ts';
import { ENV } from '../../../shared/contract.ts';
import { captureLog, setEnvironment } from '../../support/api.ts';

let log: ReturnType<typeof captureLog> | undefined;
afterEach(() => {
  log?.restore();
  delete process.env.AWS_LAMBDA_LOG_LEVEL;
});

/** Lambda's filter: a line without a level counts as INFO. */
const passes = (line: Record<string, unknown>, lowest: LogLevel) =>
  LOG_LEVELS.findIndex((level) => level === (line.level ?? 'INFO')) >= LOG_LEVELS.indexOf(lowest);

/** Writes a decision and a line of each level as a function does, and returns the lines that Lambda keeps. */
async function linesAt(level: LogLevel): Promise<Record<string, unknown>[]> {
  const filter = LOG_LEVELS[Math.min(LOG_LEVELS.indexOf(level), LOG_LEVELS.indexOf('INFO'))] ?? 'INFO';
  // Lambda sets it to the level of its own filter, as of the template (test/infra/settings.test.ts).
  process.env.AWS_LAMBDA_LOG_LEVEL = filter;
  setEnvironment('t', 'http://127.0.0.1:9', { [ENV.logLevel]: level });
  vi.resetModules();
  log = captureLog();
  const { recordDecision } = await import('../../../functions/http/record-decision.ts');
  const { logger } = await import('../../../functions/runtime/telemetry/logger.ts');
  const feature = { type: 'aiRequest', amount: 3, remaining: 4, usagePercent: 60, isKnown: true };
  recordDecision(
    { userId: 'u', outcome: 'allowed', operationId: 'op', features: [feature], isCounted: true },
    { operation: 'consumeQuota', durationMs: 7, requestId: 'r' },
  );
  logger.debug('debug');
  logger.info('info');
  logger.warn('warn');
  logger.error('error');
  return log.lines.filter((line) => passes(line, filter));
}

test.each(LOG_LEVELS)('at %s the metrics are written', async (level) => {
  const lines = await linesAt(level);
  const names = lines.filter((line) => '_aws' in line).flatMap((line) => Object.keys(line));
  expect(names).toEqual(expect.arrayContaining(['Decision', 'Units', 'DecisionLatency', 'Accepted']));
});

test.each([
  ['DEBUG', ['decision', 'debug', 'info', 'warn', 'error']],
  ['INFO', ['decision', 'info', 'warn', 'error']],
  ['WARN', ['warn', 'error']],
  ['ERROR', ['error']],
] as const)('at %s the lines below it are left out', async (level, messages) => {
  const lines = await linesAt(level);
  expect(lines.flatMap(({ message }) => (message === undefined ? [] : [message]))).toEqual(messages);
  if (level === 'WARN' || level === 'ERROR') expect(JSON.stringify(lines)).not.toContain('userId');
});
